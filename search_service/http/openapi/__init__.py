"""The OpenAPI document, made from the tables of the catalogue."""
