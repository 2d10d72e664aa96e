"""The OpenAPI document, made from the tables of the catalogue.

``document`` describes the operations, ``front_ends`` has the schemas of those under ``/v1``,
``json_schema`` short names for the usual ones.
"""
