"""What an operator can set, by file, environment and command line.

``model`` is the table of the settings; ``values`` their types, each of which refuses what is wrong;
``load`` reads them from the four places; ``manual`` makes their page of the manual.
"""
