"""The territorial police forces of England and Wales, and the British Transport Police.

Sources: names and slugs as data.police.uk lists its forces; area codes of the Office for National Statistics
(police force areas of April 2022); two-digit force codes of the Police National Computer as criminal justice
systems use them; areas of the pilot from SI 2023/387 reg 1(2). Read in 2026.
"""

import msgspec


class Force(msgspec.Struct, frozen=True):
    """One force. `area` and `ons` are None for a force that polices no area of residence.

    `slug` is data.police.uk's name and ours everywhere; `name` what people call it; `area` the Office for
    National Statistics' name of its area and `ons` its code; `pnc` the two-digit code that begins URNs, ASNs
    and court codes; `pilot` whether its area was in the pilot of Serious Violence Reduction Orders (19 April
    2023 to 18 April 2025).
    """

    slug: str
    name: str
    area: str | None
    ons: str | None
    pnc: str
    pilot: bool = False


FORCES: dict[str, Force] = {
    force.slug: force
    for force in (
        Force("avon-and-somerset", "Avon and Somerset Constabulary", "Avon and Somerset", "E23000036", "52"),
        Force("bedfordshire", "Bedfordshire Police", "Bedfordshire", "E23000026", "40"),
        Force("btp", "British Transport Police", None, None, "93"),
        Force("cambridgeshire", "Cambridgeshire Constabulary", "Cambridgeshire", "E23000023", "35"),
        Force("cheshire", "Cheshire Constabulary", "Cheshire", "E23000006", "07"),
        Force("city-of-london", "City of London Police", "City of London", "E23000034", "48"),
        Force("cleveland", "Cleveland Police", "Cleveland", "E23000013", "17"),
        Force("cumbria", "Cumbria Constabulary", "Cumbria", "E23000002", "03"),
        Force("derbyshire", "Derbyshire Constabulary", "Derbyshire", "E23000018", "30"),
        Force("devon-and-cornwall", "Devon & Cornwall Police", "Devon and Cornwall", "E23000035", "50"),
        Force("dorset", "Dorset Police", "Dorset", "E23000039", "55"),
        Force("durham", "Durham Constabulary", "Durham", "E23000008", "11"),
        Force("dyfed-powys", "Dyfed-Powys Police", "Dyfed-Powys", "W15000004", "63"),
        Force("essex", "Essex Police", "Essex", "E23000028", "42"),
        Force("gloucestershire", "Gloucestershire Constabulary", "Gloucestershire", "E23000037", "53"),
        Force("greater-manchester", "Greater Manchester Police", "Greater Manchester", "E23000005", "06"),
        Force("gwent", "Gwent Police", "Gwent", "W15000002", "61"),
        Force("hampshire", "Hampshire Constabulary", "Hampshire", "E23000030", "44"),
        Force("hertfordshire", "Hertfordshire Constabulary", "Hertfordshire", "E23000027", "41"),
        Force("humberside", "Humberside Police", "Humberside", "E23000012", "16"),
        Force("kent", "Kent Police", "Kent", "E23000032", "46"),
        Force("lancashire", "Lancashire Constabulary", "Lancashire", "E23000003", "04"),
        Force("leicestershire", "Leicestershire Police", "Leicestershire", "E23000021", "33"),
        Force("lincolnshire", "Lincolnshire Police", "Lincolnshire", "E23000020", "32"),
        Force("merseyside", "Merseyside Police", "Merseyside", "E23000004", "05", pilot=True),
        Force("metropolitan", "Metropolitan Police Service", "Metropolitan Police", "E23000001", "01"),
        Force("norfolk", "Norfolk Constabulary", "Norfolk", "E23000024", "36"),
        Force("north-wales", "North Wales Police", "North Wales", "W15000001", "60"),
        Force("north-yorkshire", "North Yorkshire Police", "North Yorkshire", "E23000009", "12"),
        Force("northamptonshire", "Northamptonshire Police", "Northamptonshire", "E23000022", "34"),
        Force("northumbria", "Northumbria Police", "Northumbria", "E23000007", "10"),
        Force("nottinghamshire", "Nottinghamshire Police", "Nottinghamshire", "E23000019", "31"),
        Force("south-wales", "South Wales Police", "South Wales", "W15000003", "62"),
        Force("south-yorkshire", "South Yorkshire Police", "South Yorkshire", "E23000011", "14"),
        Force("staffordshire", "Staffordshire Police", "Staffordshire", "E23000015", "21"),
        Force("suffolk", "Suffolk Constabulary", "Suffolk", "E23000025", "37"),
        Force("surrey", "Surrey Police", "Surrey", "E23000031", "45"),
        Force("sussex", "Sussex Police", "Sussex", "E23000033", "47", pilot=True),
        Force("thames-valley", "Thames Valley Police", "Thames Valley", "E23000029", "43", pilot=True),
        Force("warwickshire", "Warwickshire Police", "Warwickshire", "E23000017", "23"),
        Force("west-mercia", "West Mercia Police", "West Mercia", "E23000016", "22"),
        Force("west-midlands", "West Midlands Police", "West Midlands", "E23000014", "20", pilot=True),
        Force("west-yorkshire", "West Yorkshire Police", "West Yorkshire", "E23000010", "13"),
        Force("wiltshire", "Wiltshire Police", "Wiltshire", "E23000038", "54"),
    )
}
"""Every force by its slug, in the order of the slugs."""
