"""An example facility to try the service with: a catalogue, its documents, five requests."""
