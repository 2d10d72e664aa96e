"""The OpenAPI document, made from the tables of the catalogue.

``document`` describes the operations, ``refusals`` the errors that each may answer with,
``front_ends`` has the schemas of those under ``/v1``, ``explanations`` what one of them answers,
``json_schema`` short names for the usual ones.
"""
