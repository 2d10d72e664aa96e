"""What the catalogue is: entities, fields, relations and units, as data."""
