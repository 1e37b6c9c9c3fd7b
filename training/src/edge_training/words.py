"""Words that stand beside a plate's text and are not part of it."""

from __future__ import annotations

WORDS = tuple(
    word
    for line in (
        "CALIFORNIA|TEXAS|FLORIDA|NEW YORK|OHIO|Texas|The Lone Star State|SUNSHINE STATE|Garden State",
        "NEW JERSEY|Pennsylvania|visitPA.com|ILLINOIS|Land of Lincoln|MICHIGAN|Pure Michigan|Georgia",
        "Peach State|North Carolina|First in Flight|VIRGINIA|WASHINGTON|Evergreen State|ARIZONA",
        "Grand Canyon State|Tennessee|Volunteer State|INDIANA|MASSACHUSETTS|The Spirit of America",
        "MARYLAND|Wisconsin|America's Dairyland|Minnesota|10,000 lakes|COLORADO|Alabama|Heart of Dixie",
        "Louisiana|Sportsman's Paradise|Kentucky|Bluegrass State|OREGON|Oklahoma|Native America",
        "CONNECTICUT|Constitution State|IOWA|UTAH|Greatest Snow on Earth|Nevada|Silver State|Arkansas",
        "Natural State|MISSISSIPPI|Kansas|New Mexico|Land of Enchantment|Nebraska|Idaho|Famous Potatoes",
        "HAWAII|Aloha State|Maine|Vacationland|Montana|DELAWARE|The First State|RHODE ISLAND",
        "Ocean State|South Dakota|ALASKA|Vermont|Green Mountain State|Wyoming|West Virginia",
        "Wild, Wonderful|South Carolina|Live Free or Die|New Hampshire|North Dakota|MISSOURI",
        "Show-Me State|District of Columbia|ONTARIO|Yours to Discover|Quebec|Je me souviens",
        "BRITISH COLUMBIA|Beautiful|Alberta|Wild Rose Country|Manitoba|Nova Scotia",
        "SP - SAO PAULO|MG - BELO HORIZONTE|RJ - RIO DE JANEIRO|PR - CURITIBA|RS - PORTO ALEGRE",
        "SC - FLORIANOPOLIS|BA - SALVADOR|PE - RECIFE|CE - FORTALEZA|GO - GOIANIA|PR - LONDRINA",
        "SP - CAMPINAS|DF - BRASILIA|SP - SANTOS|BRASIL|REPUBLICA ARGENTINA|MERCOSUL|MIAMI-DADE|ORANGE",
        "www.example.com|Autohaus|Auto-Center|AUTOSALON|Motors & Sons|Garage du Nord|Concessionnaire",
        "Tel. 01234 567890|City Cars|Main Street Motors|Used Cars|Service|Taxi|Auto Service|POLICE",
        "TAXI|AMBULANCE|HONK IF YOU|My other car|Baby on board|DIESEL|TURBO|4x4|HYBRID|quattro",
        "IND|GB|UK|DEC|JAN|MAY|SEP|06|12|20|VETERAN|DISABLED|EXEMPT|COMMERCIAL|TRUCK|PASSENGER",
        "1976|2017|54|71|19|1867|1954|2009|COUNTY|SPECIAL|MOTORCYCLE|Antique Vehicle|ISLAMABAD|SINDH|KOREA",
        "University|Alumni|Save Wildlife|In God We Trust|Fire Fighter|Purple Heart|Choose Life",
    )
    for word in line.split("|")
)
"""States, mottos, towns, traders (made up) and stickers, as they are printed."""
