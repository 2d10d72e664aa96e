"""Whatever anybody sends: no defect, no crash, no hang, no memory that stays, no right left out.

``amounts`` says how much is tried; ``rights_oracle`` works out what a viewer may see; ``visitors``
ask by chance; ``fuzzing`` has what a fuzzer feeds, whose inputs are in the folder ``corpus``.
"""
