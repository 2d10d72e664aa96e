"""Where documents are kept and found.

``base`` is the protocol, each engine a package. What every engine needs stands beside them:
``joins`` resolves the joins of a query, ``constant_score`` tells when relevance is no order.
"""
