"""The health check of the container: whether the service that runs in it is ready.

Asked by the socket in the data directory, so that port, TLS and who may call are all the same.
"""

import os
import socket
import sys
from http.client import HTTPConnection

try:
    with socket.socket(socket.AF_UNIX) as service:
        service.settimeout(8)
        service.connect(os.path.join(os.environ["ICAT_SEARCH_DATA"], "control.sock"))
        connection = HTTPConnection("localhost")
        connection.sock = service
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        sys.stdout.write(answer.read().decode())
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"no service answers: {error}")
