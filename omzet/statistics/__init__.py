"""How sure: plain functions on numbers, held against SciPy and statsmodels in the tests."""
