"""HTTP, and nothing else.

``app`` is the application: ``gate`` around every request, ``routes`` with the operations of the
contract and for front ends, and the routers of FastAPI behind: ``health`` (with its ``gauges``)
for those who run the service, ``control`` for the owner of the data directory, by a socket in it,
``pages`` for people; ``paths`` says who may call these. ``requests`` is a request as ``routes`` see
it, ``asking`` has workers answer it; ``openapi`` describes the operations, ``caching`` says which
answers a caller may keep. ``server`` listens, and ``protocol`` is HTTP as it
is spoken: ``transfers`` says when a body or an answer takes too long, ``admission`` what all
connections may use, and ``load_shedding`` refuses searches in an overload before the gate is asked.
``records`` counts and logs requests, ``search_records`` searches: a slow one by its
``request_shape``; ``tracing`` makes spans of requests.

``guard`` says who may call: ``proxies`` from where a call comes, ``origins`` whether a web page has
a browser call, ``access`` whether an address or one of the ``tokens`` is enough. ``headers`` are
those of a request.

``tls`` is the service's certificate, ``tls_listener`` accepts connections that speak TLS, and
``renewal`` has both, and the tokens, read again when their files change. ``service_manager`` tells
systemd when the service is ready, and that it lives.
"""
