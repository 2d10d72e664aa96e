"""Who is served next, and who is refused: requests that wait for a search worker.

``callers`` tells who asks, ``shapes`` what a request is like, and ``costs`` how long it will take
by that. ``shares`` divides worker time by start-time fair queueing, ``overload`` tells a burst
from more than can be answered, ``fair_queue`` decides by all of it. No processes and no clock: the
moment is passed in. Not here: who is waited for and what is answered, see ``workers.pool``.
"""
