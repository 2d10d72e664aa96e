"""Pages for people, made here as a whole: no build step, no file of another host.

``router`` has their addresses, ``rendering`` fills templates and has the files that they name.
``search`` is the search page, with its ``search_form`` and its ``results``; ``operating`` is
the operators' page, with its ``plots``; ``description`` is the OpenAPI document as tables.
"""
