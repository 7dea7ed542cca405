"""What runs inside AWS's scikit-learn container: fitting a model and answering requests.

The package is imported under this one name everywhere (tests, training job, endpoint): the source
bundle carries the folder ``training/`` whole, with ``train.py`` and ``inference.py`` copied beside
it as the entry points the container calls. So no module has two names and no path is patched.
"""
