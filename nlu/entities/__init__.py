"""Entities by rule: products and models, codes, order numbers, phones, dates and times, names."""
