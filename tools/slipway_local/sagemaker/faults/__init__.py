"""Misbehaviour that was ordered through the control route."""
