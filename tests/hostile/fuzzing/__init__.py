"""What a fuzzer feeds with any bytes, and how.

``targets`` are the functions, each with what it may raise; ``python -m tests.hostile.fuzzing`` has
atheris try one of them, guided by what code an input reaches. What it found of interest is in
``tests/hostile/corpus``, and tried again by ``tests/hostile/test_corpus.py``.
"""
