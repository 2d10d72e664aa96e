"""An example facility to try the service with: a made-up catalogue, its documents, five requests."""
