"""The operations of the contract, whatever the engine and the wire."""
