"""Requests as spans of OpenTelemetry, where the environment names an exporter.

``opening`` reads the environment; ``spans`` says what a span tells of a request. ``exporting`` has
OpenTelemetry's SDK send them, and alone imports it; ``problems`` logs what the SDK complains of.
"""
