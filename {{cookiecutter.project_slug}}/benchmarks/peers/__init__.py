"""What our tasks are compared with: one file each, run by ``comparison.driver`` in an environment of its own.

The comment at the top of each file says what uv installs there (https://packaging.python.org/specifications/inline-script-metadata/).
"""
