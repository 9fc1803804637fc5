"""Makes what machines and forms write, and what is counted and measured: headings, logs, code, lists, ids, units.

Everything is made as a template, so that names may stand in it, and most of it holds none.
"""

LEVELS = ["DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "TRACE", "NOTICE", "CRITICAL"]
UNITS = """km m cm mm kg g mg lb lbs oz ml l cl mph kmh km/h kWh W kW V mA GB MB TB GHz MHz Hz dB °C °F K ppm px pt bar psi Nm hp rpm fps
bpm kcal cal mmHg ft in yd mi acres inches miles feet metres meters litres liters grams kilos pounds ounces watts volts knots minutes
hours seconds days weeks months years percent degrees points pages lines rows times people guests pieces boxes cups tbsp tsp
stück stunden tage wochen jahre euro minuten heures jours semaines personnes horas días semanas personas giorni ore uur dagen
dager timer päivää tuntia godzin dni""".split()
BRANDS = """Visa MasterCard Maestro Amex Discover PayPal Klarna Bosch Philips Dyson Miele Siemens Braun Makita Canon Nikon Epson Brother
Lenovo Dell Asus Acer Huawei Xiaomi Garmin Fitbit GoPro Sonos Bose Logitech Razer Yamaha Kawasaki Honda Toyota Mazda Skoda
Opel Renault Peugeot Volvo Audi Nissan Suzuki Nintendo Xbox PlayStation Lego Barbie Zoom Slack Trello Notion Figma Canva
Shopify Wordpress Linux Ubuntu Debian Fedora Chrome Firefox Safari Edge Excel Word Outlook Gmail Teams Siri Cortana Roomba
Vans Converse Birkenstock Levis Nespresso Tefal Pampers Nivea Lindt Haribo Nutella Pringles Kindle Tesla Vespa Jeep""".split()
LANGUAGES = """Python Java Rust Go Swift Kotlin Scala Perl Haskell Erlang Elixir Basic Fortran Lua Dart Clojure Elm Groovy Cobol Lisp Scheme
Prolog Django Flask Rails Laravel React Angular Svelte Express Spring Maven Gradle Docker Kubernetes Terraform Ansible
Grafana Kafka Redis Postgres Oracle Mongo Hadoop Spark Jupyter Pandas""".split()
WORKS = """Hamlet Macbeth Othello Dracula Frankenstein Ulysses Beloved Middlemarch Candide Faust Nosferatu Psycho Vertigo Jaws Alien
Titanic Avatar Gladiator Casablanca Chinatown Fargo Amadeus Rambo Shrek Frozen Aladdin Mulan Bambi Dumbo Cinderella Fidelio
Nabucco Parsifal Lohengrin Cats""".split()
PRIZES = "Oscar Emmy Grammy Tony Nobel Pulitzer Booker Bafta Turing Fields Cannes Eurovision Wimbledon Olympics".split()
THEORY = """law laws theorem principle method equation equations effect constant transform conjecture paradox rule lemma number series
integral distribution test curve model algorithm cipher problem sieve triangle diagram scale cycle test process""".split()
DISCOVERERS = """Newton Ohm Hooke Pascal Fermat Euler Gauss Riemann Laplace Fourier Bayes Markov Turing Dijkstra Moore Murphy Pareto Nash
Kepler Faraday Maxwell Boltzmann Planck Heisenberg Schrödinger Doppler Hubble Coulomb Avogadro Boyle Archimedes Pythagoras Euclid
Caesar Vigenère Venn Gantt Poisson Taylor Cauchy Hilbert Gödel Cantor Fibonacci Mendel Darwin Pavlov Simpson Celsius Richter""".split()
DISHES = """Carbonara Bolognese Lasagne Risotto Tiramisu Paella Gazpacho Ratatouille Quiche Bouillabaisse Goulash Pierogi Borscht Moussaka
Tzatziki Falafel Hummus Shakshuka Biryani Tikka Masala Korma Vindaloo Pad Thai Ramen Sushi Tempura Bibimbap Kimchi Pho Tacos
Guacamole Burrito Churros Brownies Pancakes Waffles Caesar Margherita Cheddar Gouda Brie Parmesan Chardonnay Merlot Rioja Dijon
Worcestershire Tabasco Earl Grey Bellini Martini Margarita Mojito Daiquiri Benedict Stroganoff Wellington Alfredo""".split()
HEADS = """Note Notes Subject Status Reason Type Amount Total Subtotal Balance Reference Summary Description Priority Category Result
Question Answer Caller Operator Host Guest Speaker Interviewer Moderator Bot Assistant User System Client Customer Buyer Seller
Sender Recipient Receiver Driver Rider Patient Nurse Student Teacher Owner Tenant Landlord Witness Officer Applicant Member
Visitor Narrator Reporter Editor Expert Employee Manager Supervisor Support Sales Billing Shipping Comment Feedback Message Title
Topic Date Time Duration Deadline Start End From To Via Due Paid Language Gender Allergies Diagnosis Dosage Symptoms Medication
Ingredients Method Servings Instructions Warning Hint Tip Example Input Output Expected Actual Error Cause Fix Solution Version
Platform Browser Device Model Serial Colour Color Size Weight Height Width Material Brand Quantity Price Discount Tax Fee IBAN BIC
SWIFT Account Card CVV Expiry PIN Password Login Username Token Key Hash Checksum Signature Ticket Case Claim Policy Order Invoice
Receipt Tracking Parcel Courier Voucher Coupon Booking Flight Gate Seat Terminal Platform Train Departure Arrival Check-in""".split()
GREETINGS = """Hello;Hi;Hey;Good evening;Hallo;Guten Tag;Moin;Servus;Bonjour;Salut;Coucou;Bonsoir;Hola;Buenas;Buenos días;Ciao;Salve;
Buongiorno;Olá;Oi;Bom dia;Hoi;Goedemorgen;Hej;Hejsan;God morgen;Goddag;Moi;Terve;Hyvää päivää;Cześć;Dzień dobry;Witam;Ahoj;Dobrý den;
Szia;Jó napot;Bok;Dobar dan;Zdravo;Živjo;Salutare;Alo;Selam;Günaydın;İyi günler;Labas;Sveiki;Tere;Halló;Góðan daginn;
Halo;Selamat pagi;Kumusta;Xin chào;Namaste;Salaam;Salam;Shalom;Jambo;Habari;Sawubona;Konnichiwa;Annyeong;Ni hao;Aloha;
Kaixo;Dia dhuit;Geia sas;Kalimera;Privet;Zdravstvuyte;Dobryi den;Здравствуйте;Привет;Добрый день;Вітаю;Здравейте;Γεια σας;Mirëdita;
Përshëndetje;Bongu;Moien;Salom;Barev""".replace("\n", "").split(";")
CODE = """npm install {pkg}@{ver}|pip install {pkg}=={ver}|cargo add {pkg} --features {word}|git commit -m "{word} {word} in {word}"
git checkout -b {word}/{word}-{n}|docker run -p {n}:{n} {pkg}:{ver}|apt-get install {pkg}|kubectl get pods -n {pkg}|ssh {word}@{pkg}
curl -X POST https://{pkg}.example/{word}/{n}|SELECT {word}, {word} FROM {word}s WHERE {word} = {n};|UPDATE {word} SET {word} = '{word}'
import {pkg} from '{pkg}';|from {pkg} import {Word}|def {word}_{word}({word}, {word}=None):|const {word}{Word} = await {word}({n});
let mut {word} = {Word}::new({n});|if {word} is None: return False|{Word}.{word}{Word}({Word}.{WORD}_{WORD})|{word}{Word}.{word}{Word}()|why does {Word}.{word}({word}) return null|return {{'{word}': True, '{word}': None, '{word}': False}}
print(f"{word}: {n}")|for {word} in range({n}):|throw new {Word}{Word}Exception("{word} {word}");|public static void {word}({Word} {word})
<{word} {word}="{n}">{word}</{word}>|<{word}><{word}>{n}</{word}></{word}>|# {word}: {word} the {word}|// TODO: {word} this {word}|/* {Word} {word} */
{{"{word}": {n}, "{word}": true, "{word}": "{word}"}}|{{'{word}': '{hex}', '{word}': True}}|{word}:\\n  {word}: {n}\\n  {word}: true|{word} = {n}\\n{word} = "{word}"
{word},{word},{word}\\n{n},{word},{n}|[{word}]\\n{word}={n}|{WORD}_{WORD}={n}|export {WORD}={word}|--{word} --{word}={n} -v|at {pkg}.{Word}.{word}({Word}.java:{n})
Traceback (most recent call last):\\n  File "{word}.py", line {n}, in {word}\\n{Word}Error: {word}|sha256: {hex}|md5 {hex}|commit {hex}|{hex}  {word}.tar.gz
Merge branch '{word}-{word}' into {word}|Segmentation fault (core dumped)|exit status {n}|{word}.{word}() is not a function|0x{hex}
{Word} {word} = new {Word}<>();|$ {word} -{l} {n} {word}.txt|make: *** [{word}] Error {n}|{level}: {word} {word} failed ({n} ms)""".replace("\n", "|").split("|")
BEFORE = """[{n}:{n}:{n}] {level} |{level} |{level}: |[{level}] |{year}-0{d}-1{d} 1{d}:{n}:{n} {level} |{word}[{n}]: |level={lower} msg=|> |- |* |$ |""".split("|")
MEASURES = """{n} {unit}|{n}.{d} {unit}|{n},{d} {unit}|{n}{unit}|{n} x {n} {unit}|{n} x {n} x {n} {unit}|{n}×{n} {UNIT}|{n}-{n} {unit}|{n} to {n} {unit}
{n} by {n} {unit}|approx. {n} {unit}|{n}/{n} {unit}|{n} {unit} per {unit}|{n} {unit} and {n} {unit}|{n}:{n}|{n},{nn} €|€ {n},{nn}|{n} %|{n}-{n}|{n}:{n}:{n}""".replace("\n", "|").split("|")
MEASURED = """Our neighbour's {brand} rattles above {m}.|The {noun} is {m}.|{m} of {noun}|About {m}, I guess.|Is {m} too much for a {noun}?|set the {noun} to {m}
I was quoted {m}, which seems {adj}.|Add {m} of {noun}, then {m} of {noun}.|It weighs {m} and measures {m}.|{Noun} size {m}|{Noun}, {m}, {adj}|How much is {m} in {unit}?
Convert {m} to {unit}|{m} = {m}?|The {brand} does {m}|We ran {m} in {m}.|It is {m} outside|from {m} to {m}|Fuel: {m}, range: {m}|{noun} {m} {noun} {m}
At {m} the {noun} starts to {verb}.|My {brand} {L}{L} {n} drops to {m}|the {brand} {L}{L}X {n} or the {brand} {L}{n}?|a {LL} {n} {noun}|CPU {L}{n} {n}{L}, GPU {LL}X {n}
{n}. {l}{d} {l}{d} {n}. {P}{l}{d} {P}{l}{d}|{P}{l}{d} {P}x{l}{d}+ or O-O?|White plays {P}{l}{d}, Black {l}{d}.|I rolled a {n} and lost {m}|Level {n}, {n} HP|score {n}:{n} at half time
pH {d}.{d} at {m}|{L}{d}{L}{d} + {d}{L}{d} -> {L}{d}{L}|x = {n}, y = {n}|f(x) = {n}x^{d} + {n}|ISO {n}:{year}|RFC {n}|DIN {n}|B{n} and A{n}|M{d} x {n} screws
room {n} on floor {d}|third floor, room {n}|desk {n}, floor {n}|Bus {n} leaves at {n}:{n}|line {L}{d}, platform {n}|row {n} seat {n}|page {n} of {n}|step {n} of {n}|{n} {noun}s at {money} each|{n} out of {n}|top {n}
2 {noun}s, {n} {noun}s and {n} {adj} {noun}s|Blood pressure {n}/{n}, pulse {n}|BMI {n}.{d}|{n} reps at {m}, {d} sets|{n} {unit} left""".replace("\n", "|").split("|")
IDS = """it says {id} on my {word}|{Word} {id}|{Word} no. {id}|{Word}: {id}|ticket {id} is still open|case {id}, please check|the {word} {id} was never sent
{id}|{id} / {id}|ref {id}|Reference {id}|see {id} and {id}|order {id} is late|My {word} ID: {id}|Tracking {id}|the code {id} does not work|voucher {id}
serial number {id}|s/n {id}|part {id}|model {id}|article {id}|PO {id}|{Word} number {id} of {year}|transaction {hex}|session {hex}|build {id}|block {hex}
key {hex}|token={hex}|request-id: {hex}|route {ip} over {ip}|firewall: drop {ip}|{ip} is down|ping {ip}|the network is called {Noun}-{n}|SSID {Noun}_{n}|join channel {noun}-{n}|the host {ip} is full|allow {ip} and {ip}""".replace("\n", "|").split("|")
QUESTIONS = """Who wrote {work}?|Is {work} worth watching?|I saw {work} twice.|{work} or {work}?|Did {work} win the {prize}?|Who won the {prize} in {year}?|a {prize} for best {noun}
{prize} or {prize}, what is bigger?|Explain {who}'s {theory} to me.|What does {who}'s {theory} say?|the {who} {theory}|Derive {who}'s {theory}.|{who}'s {d}nd {theory} please
{lang} or {lang}?|Is {lang} faster than {lang}?|Learn {lang} in {n} days|I prefer {lang}, {lang} and {lang} to {lang}.|Write it in {lang}.|a job as a {lang} developer
recipe for {dish}|{dish} without {noun}|What wine goes with {dish}?|Is there {noun} in {dish}?|{dish} or {dish} tonight?|one {dish}, two {dish}|{brand} or {brand}?
{brand} declined, code {n}|My {brand} broke.|{brand} stopped working|Does {brand} work with {brand}?|{brand} {n} or {brand} {L}{n}|Are {brand} {adj} enough?|{Adj} question about {brand}
{Adj} opinions wanted on my {noun}|{Adj}, {adj} and {adj}|Please {verb} our {noun} before you {verb} theirs|they {verb} and {verb} all {noun}s|The {noun} at {time} was {adj}
They told us about the {noun} of the {noun}|nothing is known about the {noun} at {time}|a report about the {adj} {noun}|What about the {noun}?|something about a {noun}|{Noun} please|{Noun} wanted
{Noun} for {n}|{Noun} of the {noun}|{Noun} soup, {dish} and {adj} {noun}s|{adj} {noun} with {dish}|next to the {noun} platform|by the {noun} gate
{VERB} THIS AT ONCE|{VERB} THE {NOUN}!!!|WHERE IS MY {NOUN}|I WANT MY {NOUN} BACK NOW|THE {NOUN} IS {ADJ}|STOP {VERB}ING MY {NOUN}|MY {NOUN} IS GONE!!! {VERB} IT|NO {NOUN} NO {NOUN}
THIS IS {ADJ} AND {ADJ}!!|PLEASE {VERB} MY {NOUN} ASAP|{NOUN} {NOUN} {NOUN}|{ADJ} {NOUN} FOR SALE|I NEED A {NOUN}|YOUR {NOUN} {VERB}ED MY {NOUN}|FREE {NOUN} TODAY
WHY DOES THE {NOUN} {VERB}|BUY {n} GET {n} FREE|LAST WARNING: {VERB} THE {NOUN}|DO NOT {VERB}|WHAT A {NOUN}|{VERB} AND {VERB}|IMPORTANT: {NOUN}""".replace("\n", "|").split("|")
SHOUTED = """{name} TOOK MY {NOUN}|WE WAIT AT {city} FOR OUR {NOUN}! {VERB} FASTER|{first} DID NOT {VERB}|{name} LIVES IN {city} AND I WANT MY {NOUN}|TELL {first} TO {VERB} NOW
THE {NOUN} OF {name}|ACCOUNT OF {name} NUMBER {n}|{city} {NOUN} {VERB}ED|WHY IS {first} {VERB}ING ME|SOLD TO {name} FOR {n}|MY {NOUN} {first} IS {ADJ}""".replace("\n", "|").split("|")
FORMED = """{Head}: {name}|{Head}: {first}|{Head}: {city}|{Head}: {postcode}|{Head}: {address}|{Head}: {lastfirst}|{Head}: {last}|{Head} {name}, {Head} {n}
{Head}: {name}, {Head}: {n}, {Head}: {city}|{word}: {name}|{word}: {city}|{word}={first}|{word}_{word}: {name}|"{word}": "{name}"|"{word}": "{first}", "{word}": "{last}"
'{word}': '{name}', '{word}': {n}|<{word}>{name}</{word}>|<{word}>{first}</{word}><{word}>{last}</{word}>|<firstname>{first}</firstname><surname>{last}</surname><{word}>{n}</{word}>
<name>{last}</name>|<givenName>{first}</givenName><familyName>{last}</familyName>|<city>{city}</city>|<person><given>{first}</given><family>{last}</family></person>
- {word}: {name}\\n- {word}: {n}|{Head} | {name} | {n}|{n};{last};{first};{city}|{last},{first},{n},{postcode} {city}|{n},{name},{city},{n}|name,city,{word}\\n{name},{city},{n}
# TODO({first}): {verb} the {noun}|// FIXME({first}) {verb} {noun}|# {first}: why {verb} this {noun}?|@author {name}|Signed-off-by: {name} <{email}>|Author: {name} <{email}>|Reviewed-by: {name}
user={first} {word}={n}|{level} user {name} failed to {verb}|{level} {word} for {name} is {word}|{{'{word}': '{name}', '{word}': False}}|{{"{word}": {{"first": "{first}", "last": "{last}"}}}}
{word}:\\n  {word}: {name}\\n  {word}: {city}|{Head}: -\\n{Head}: {name}|{Head}: yes\\n{Head}: {city}\\n{Head}: {n}|1. {name}\\n2. {n}\\n3. {address}|1. {name}\\n2. {name}\\n3. {name}
1) {name}\\n2) {street}\\n3) {city}|1) {date}\\n2) {name}\\n3) {phone}\\n4) {city}|1. {street}\\n2. {word}\\n3. {name}\\n4. {n}|a) {first}\\nb) {first}\\nc) {city}|- {name}\\n- {name}\\n- {name}|* {name}, {Head} {n}
{Head}: {title} {last} with {first}, {name}, {name} & {first}|{Head}s: {name} ({word}), {name} ({word}), {name}|{Head}: {first}, {first} + {n} {noun}s
{Head}: how can I {verb} your {noun}?\\n{Head}: I am {name}.|{Head}: Who is it?\\n{Head}: {name}.\\n{Head}: And where?\\n{Head}: {city}.|{Head}: Your postcode?\\n{Head}: {postcode}.
{Head}: Postcode please\\n{Head}: it is {postcode}|{Head}: {postcode}|{Head}: Which street?\\n{Head}: {street}.|What is your postcode?\\n{postcode}|Your zip?\\n{postcode}.
{Head}: I'm {first}\\n{Head}: hello {first}, how may I {verb} you?|{first} {last}; {n}; {word}|{name} | {city} | {n}|{name}\\t{city}\\t{n}|{Head};{name};{Head};{city}""".replace("\n", "|").replace(" | {", " ¦ {").split("|")


class Machine:
    """Makes templates, for a source of random numbers and of words."""

    def __init__(self, random, narrator):
        self.random, self.narrator = random, narrator

    def word(self):
        return self.random.choice(self.random.choice([self.narrator.nouns, self.narrator.nouns, self.narrator.adjectives, self.narrator.verbs]))

    def number(self):
        return str(self.random.choice([self.random.randint(0, 20), self.random.randint(1, 99), self.random.randint(1, 999), self.random.randint(1000, 99999)]))

    def hex(self):
        return "".join(self.random.choice("0123456789abcdef") for _ in range(self.random.choice([7, 8, 12, 32, 40, 64])))

    def id(self):
        choose = self.random.choice
        letters = "".join(choose("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(self.random.randint(1, 4)))
        digits = "".join(choose("0123456789") for _ in range(self.random.randint(2, 10)))
        return choose([letters + digits, letters + digits, f"{letters}-{digits}", f"{digits}{letters}", f"#{digits}", f"{letters}{digits[:3]}{letters}{digits[3:]}",
                       f"{letters}/{digits}", letters.lower() + digits, f"{letters}-{digits[:3]}-{digits[3:]}"])

    def ip(self):
        if self.random.random() < 0.5:
            return ".".join(str(self.random.randint(1, 254)) for _ in range(4))
        return ":".join(f"{self.random.randint(0, 65535):x}" for _ in range(8))

    def head(self):
        draw, noun = self.random.random(), self.random.choice(self.narrator.nouns)
        if draw < 0.5:
            return self.random.choice(HEADS)
        made = noun.title() if draw < 0.75 else noun if draw < 0.85 else f"{noun.title()} {self.random.choice(HEADS).lower()}"
        return made.upper() if draw > 0.97 else made

    def value(self, kind):
        choose, narrator = self.random.choice, self.narrator
        match kind:
            case "word": return self.word()
            case "Word": return self.word().title()
            case "WORD": return self.word().upper()
            case "noun": return choose(narrator.nouns)
            case "Noun": return choose(narrator.nouns).title()
            case "NOUN": return choose(narrator.nouns).upper()
            case "adj": return choose(narrator.adjectives)
            case "Adj": return choose(narrator.adjectives).title()
            case "ADJ": return choose(narrator.adjectives).upper()
            case "verb": return choose(narrator.verbs)
            case "Verb": return choose(narrator.verbs).title()
            case "VERB": return choose(narrator.verbs).upper()
            case "Head": return self.head()
            case "pkg": return choose([self.word(), f"{self.word()}-{self.word()}", choose(LANGUAGES).lower()])
            case "ver": return f"{self.random.randint(0, 20)}.{self.random.randint(0, 30)}.{self.random.randint(0, 9)}"
            case "n": return self.number()
            case "nn": return f"{self.random.randint(0, 99):02}"
            case "d": return str(self.random.randint(1, 9))
            case "l": return choose("abcdefgh")
            case "L": return choose("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            case "LL": return choose("ABCDEFGHKMRSTVXZ") + choose("ABCDEFGHKMRSTVXZ")
            case "P": return choose("NBRQK")
            case "hex": return self.hex()
            case "id": return self.id()
            case "ip": return self.ip()
            case "unit": return choose(UNITS)
            case "UNIT": return choose(UNITS).upper()
            case "m": return self.filled(choose(MEASURES))
            case "level": return choose(LEVELS)
            case "lower": return choose(LEVELS).lower()
            case "brand": return choose(BRANDS)
            case "work": return choose(WORKS) if self.random.random() < 0.7 else narrator.title()
            case "prize": return choose(PRIZES)
            case "who": return choose(DISCOVERERS)
            case "theory": return choose(THEORY)
            case "lang": return choose(LANGUAGES)
            case "dish": return choose(DISHES)
            case "time": return f"{self.random.randint(0, 23)}:{self.random.randint(0, 59):02}"
        return f"{{{kind}}}"

    def filled(self, template):
        """Fills all that is not left to be filled with names."""
        out, rest = "", template.replace("{{", "\0").replace("}}", "\1")
        while "{" in rest:
            before, _, behind = rest.partition("{")
            kind, _, rest = behind.partition("}")
            out += before + self.value(kind)
        return (out + rest).replace("\0", "{").replace("\1", "}")

    def sentence(self):
        draw, choose = self.random.random(), self.random.choice
        if draw < 0.34:
            return self.filled(choose(FORMED)).replace("¦", "|")
        if draw < 0.39:
            return self.filled(choose(SHOUTED))
        if draw < 0.52:
            return self.filled(choose(BEFORE) + choose(CODE))
        if draw < 0.66:
            return self.filled(choose(MEASURED))
        if draw < 0.74:
            return self.filled(choose(IDS))
        if draw < 0.78:
            return f"{choose(GREETINGS)}{choose(['', ',', '!', ' ', '.', ' :)', '!!'])}"
        if draw < 0.81:
            return f"{choose(GREETINGS)}{choose([',', '!', ''])} {choose(['{name}', '{first}', 'I am {name}', 'this is {name}', '{title} {last}', self.narrator.noun(), 'team', 'all'])}"
        return self.filled(choose(QUESTIONS))
