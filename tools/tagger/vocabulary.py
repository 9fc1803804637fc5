"""Regions, companies, trades and parts of the names of companies and streets."""

REGIONS = """Bavaria Saxony Catalonia Andalusia Tuscany Lombardy Sicily Normandy Brittany Provence Flanders Wallonia Ontario
Quebec Alberta Manitoba Queensland Victoria Tasmania Scotland Wales England Cornwall Kent Yorkshire Essex Munster Ulster
Punjab Kerala Gujarat Bihar Hokkaido Sichuan Guangdong Bahia Jalisco Oaxaca Patagonia Tyrol Moravia Silesia Lapland
Scandinavia Europe Asia Africa Siberia Crimea Kurdistan Kashmir Tibet Brandenburg Hessen Bayern Sachsen Thüringen""".split()
COMPANIES = """Google Microsoft Apple Amazon Facebook Twitter Netflix Samsung Sony Nokia Siemens Bosch Toyota Honda Ford
BMW Volkswagen Tesla Boeing Airbus IBM Intel Oracle Cisco Adobe Spotify Uber Lyft Airbnb PayPal Visa MasterCard Walmart
Target Costco IKEA Tesco Lidl Aldi Nike Adidas Puma Zara Pfizer Bayer Novartis Roche Shell BP Exxon Chevron Vodafone Verizon
AT&T T-Mobile Comcast Disney CNN BBC Reuters FedEx UPS DHL Lufthansa Ryanair Emirates Delta Starbucks McDonald's Subway
Pepsi Coca-Cola Nestlé Unilever L'Oréal Heineken HSBC Barclays Santander Citibank Goldman JPMorgan Allianz AXA Zurich
NASA FBI CIA NATO UNESCO Unicef Eurostat FIFA UEFA NBA NFL UN EU WHO NHS IRS Congress Senate Parliament Interpol Greenpeace Harvard
Stanford Oxford Cambridge MIT Yale Arsenal Chelsea Liverpool Juventus Barcelona Yankees Lakers""".split()
INSTITUTIONS = ["European Union", "European Commission", "United Nations", "African Union", "World Bank", "Red Cross", "Council of Europe",
                "European Parliament", "House of Commons", "White House", "Supreme Court", "Green Party", "Labour Party", "Radio One", "Sky News",
                "Channel Four", "Discovery Channel", "National Geographic", "Premier League", "Champions League", "World Cup"]
TRADES = """TV Radio News FM Magazine Logistics Partners Consulting Industries Solutions Software Systems Bakery Motors Media Studios Energy Foods
Insurance Bank Capital Holdings Pharmaceuticals Technologies Airlines Hotels Hospital Institute Foundation University
Clinic Orchestra Records Ventures Brothers & Sons Associates Union Club Trust""".split()
FORMS = ["Inc.", "Inc", "Corp.", "Corporation", "Ltd.", "Limited", "PLC", "AG", "GmbH", "S.A.", "Fund", "Income Fund", "ETF", "Trust",
         "Acquisition Corp.", "Holdings Inc.", "Bancorp", "Pharmaceuticals Inc.", "Capital Partners", "L.P.", "Group", "Co. Ltd.",
         "Index Fund", "Municipal Bond Fund", "Energy Partners", "& Co.", "Technologies Ltd", "University", "Theatre", "Club"]
PARTICLES = """van;van der;van den;van de;von;von der;zu;de;de la;de los;du;da;dos;das;di;del;della;lo;la;le;ter;ten;af;av;bin;ibn;
el;al;ben""".replace("\n", "").split(";")
FANCY = "Nova Vita Tech Med Cyber Eco Bio Data Sun Blue Max Omni Lux Terra Aero Inter Trans Uni Alpha Delta".split()
STEMS = """Oak Maple Cedar Elm Pine Main High Church Mill Park Lake Hill River Spring Station Market King Queen Victoria
Washington Lincoln Jefferson Sunset Meadow Forest Willow Chestnut Walnut Bridge Castle Grove Valley Union Center School
First Second Third Fourth Fifth Broad Green North South Harbor Ocean Cherry Orchard Garden Mountain Ridge Highland
Windsor Albert George York London Bristol Abbey Manor Rose Birch Ash Beech Poplar Juniper Magnolia Dogwood""".split()
