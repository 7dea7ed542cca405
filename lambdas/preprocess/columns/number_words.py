"""Words that people write into columns of numbers for "no value"."""

from __future__ import annotations

from collections.abc import Iterable

# Compared as training/written_numbers.py folds them: small ASCII letters, no blanks around.
_NO_VALUE = frozenset(
    word.strip()
    for word in """
    - ; -- ; --- ; * ; ** ; ... ; / ; x ; none ; no ; nil ; null ; nan ; na ; n/a ; n.a. ; n.a ; nav
    n.av. ; nd ; n/d ; n.d. ; nr ; n/r ; n.r. ; nk ; n/k ; nt ; n/t ; tbd ; tba ; tbc ; qns ; #n/a
    #na ; #value! ; #div/0! ; #ref! ; #name? ; #num! ; #null! ; unknown ; unk ; unkn ; missing
    pending ; refused ; refusal ; declined ; cancelled ; canceled ; invalid ; error ; err ; void
    blank ; empty ; undetermined ; indeterminate ; inconclusive ; unavailable ; unspecified
    undefined ; unrecorded ; unreported ; undisclosed ; withheld ; confidential ; haemolysed
    hemolyzed ; hemolysed ; clotted ; insufficient ; not done ; not known ; not available
    not applicable ; not recorded ; not measured ; not tested ; not reported ; not performed
    not assessed ; not given ; not stated ; not specified ; not provided ; not collected ; not taken
    not obtained ; not detected ; not determined ; not found ; not asked ; no data ; no result
    no value ; no answer ; no response ; no sample ; no information ; data missing
    to be determined ; to be confirmed ; prefer not to say ; prefer not to answer ; don't know
    dont know ; do not know ; see note ; see notes ; see comment
    desconocido ; desconocida ; ninguno ; ninguna ; pendiente ; rechazado ; rehusado ; s/d ; s.d.
    n/c ; ns ; nc ; ns/nc ; sin datos ; sin dato ; no realizado ; no realizada ; no disponible
    no aplica ; no consta ; no sabe ; no contesta ; no medido
    inconnu ; inconnue ; manquant ; aucun ; non fait ; non disponible ; unbekannt ; fehlt ; fehlend
    k.a. ; keine ; keine angabe ; keine angaben ; nicht bekannt ; nicht gemessen ; nicht erhoben
    sconosciuto ; mancante ; non disponibile ; non eseguito ; desconhecido ; ausente ; recusado
    0000-00-00 ; 0000-00-00 00:00:00 ; 00/00/0000 ; 00.00.0000 ; 00-00-0000
    """.replace("\n", ";").split(";")
    if word.strip()
)


def all_known(words: Iterable[str]) -> bool:
    """Tell whether every word is known to stand for "no value"."""
    return _NO_VALUE.issuperset(words)
