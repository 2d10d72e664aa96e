"""Load: a synthetic facility, queries drawn from it, benches and Locust profiles. Not shipped."""
