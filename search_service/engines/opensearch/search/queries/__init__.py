"""An analysed tree as the query of a request to the cluster.

``compile`` makes it.
"""
