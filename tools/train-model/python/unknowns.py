"""Everything that the model does not know, so that it learns to say so.

The list of what is unknown has no end, so here the held-out questions are about things never seen as well.
"""

from __future__ import annotations

import random
import string

import held_out_phrasings as held_out_in
from intents import Example, choose
from phrasings import ACTION_PHRASINGS, DEFINITION_PHRASINGS
from words import CREATURES, ITEMS, NAMES, NEAR_MISSES, PEOPLE, THINGS, UNKNOWN_TERMS, invented_word

UNKNOWN = "I do not know that; I am a tiny model that knows about this mesh, small sums, counting, short stories and JSON."

PLACES = """
    Paris London Berlin Rome Madrid Tokyo Vienna Oslo Moscow Cairo Delhi Boston Texas Canada France Germany Italy Spain Japan China
    India Brazil Mexico Egypt Kenya Norway Peru Poland Turkey Ireland Chicago Sydney Toronto Lisbon Prague Athens
    Helsinki Warsaw Dublin Portugal Chile Seattle Vietnam Denmark Hungary Nairobi
""".split()
FOODS = "pasta|rice|soup|bread|an omelette|pancakes|a cake|pizza|curry|a salad|coffee|tea|cookies|a steak|fish|potatoes|noodles|chili|a sandwich|sushi|jam|cheese".split("|")
CODE_TASKS = "sorts a list|reverses a string|adds two numbers|finds primes|reads a file|sends an email|prints hello world|parses a date|counts words|computes Fibonacci numbers|opens a socket|removes duplicates".split("|")
LANGUAGES = "Python Java JavaScript TypeScript Rust C Go Ruby PHP Kotlin Swift Perl Bash SQL".split()
HUMAN_LANGUAGES = "French German Spanish Italian Russian Chinese Japanese Latin Dutch Polish Greek Arabic".split()
VERBS = """
    fix repair build clean paint buy sell draw learn find grow sew cut wash open close move lift measure hide break catch feed train
    drive fly install
""".split()

# {p} place, {n} name, {f} food, {c} code task, {l} programming language, {h} human language, {t} unknown term, {v} verb, {y} year, {d} number
SUBJECTS: tuple[str, ...] = (
    # weather and time
    "[What is|What's|How is] the weather [like|] [in {p}|today|tomorrow|]?", "Will it [rain|snow] [today|tomorrow|in {p}]?", "weather {p}",
    "weather", "Is it [cold|warm|hot|sunny|windy] in {p}?", "What is the temperature in {p}?", "Do I need an umbrella?",
    "What time is it [in {p}|]?", "What [day|date] is [it|today]?", "What year is it?", "When is [Easter|Christmas|my birthday]?",
    "How many days are [in a year|left]?", "what is the time", "What day is it today?", "Which year did {n} arrive?",
    # people, places, facts
    "Who is [the president|the king|the mayor|the president of {p}|the pope]?", "Who is {n}?", "Who was {n} {n}?", "Do you know {n}?",
    "Where is {n}?", "How old is {n}?", "Tell me about {n}.", "Where is {p}?", "What is the capital of {p}?", "capital of {p}",
    "How many people live in {p}?", "How far is it [to|from] {p}?", "How do I get to {p}?",
    "Tell me about {p}.", "Who invented {t}?", "Who discovered {t}?",
    "Who won the [election|match|world cup|game|war] [in {y}|yesterday|]?", "What happened in {y}?", "When [was|did] {n} [born|die|live]?",
    "When was {t} invented?", "How [high|tall|deep|long|old|heavy|big] is {t}?", "How many [legs|wheels|pages|stars|bones] does {t} have?",
    "Why is the [sky blue|grass green|sea salty|moon round]?", "Is {t} [dangerous|expensive|healthy|good|true|alive]?",
    "What color is {t}?", "Who wrote {t}?", "What is the [population|flag|currency|language] of {p}?",
    "Which is [better|bigger|faster|older], {t} or {t}?", "What is the difference between {t} and {t}?", "Compare {t} and {t}.",
    "Where can I buy {t}?", "How much [does|is] {t} [cost|worth]?", "What is the price of {t}?", "Where does {t} come from?",
    "What do [cats|dogs|birds|cows|people] eat?", "Why do [cats purr|dogs bark|birds sing|people sleep|stars shine]?", "How is {t} made?",
    # politics and news
    "What do you think [about|of] {t}?", "Whom should I vote for?", "What is your view on [politics|war|taxes|religion|the government]?",
    "What is in the news [today|]?", "news", "politics", "Is the government [good|bad]?", "Tell me the latest news.",
    "Which party is best?", "Who will win the election?", "Should we [leave|join] the union?",
    # food and home
    "How do I [cook|make|bake|prepare] {f}?", "Give me a recipe for {f}.", "recipe for {f}", "What should I [cook|eat] [today|tonight|]?",
    "How long do I boil [an egg|pasta|potatoes]?", "What goes well with {f}?", "I am hungry.", "How do I {v} {t}?",
    "How [can|do] I {v} my [car|bike|house|phone|shoes|roof|sink]?", "My [car|bike|sink|phone|roof|dog|cat|back] is broken.",
    "What is a good [restaurant|hotel|movie|book|song] [in {p}|]?", "Recommend [a book|a movie|a song|a restaurant|a game].",
    # code
    "Write a {l} [function|program|script] that {c}.", "write code in {l}", "Write a program.",
    "How do I [write|define|call] a [function|class|loop] in {l}?", "Can you [code|program]?", "Write code that {c}.", "Fix my {l} code.",
    "Debug this code: print({d})", "def f(x): return x", "for i in range({d}): print(i)", "console.log('{n}')", "SELECT * FROM users;",
    "import os", "<html><body></body></html>", "git push origin main", "What is a pointer in {l}?", "int main() { return 0; }",
    "Which is better, {l} or {l}?", "npm install react", "How do I install {l}?", "let x = {d};", "if (a > {d}) { return b; }",
    "sudo rm -rf /", "regex for email",
    # language tasks
    "Translate [this|hello|{t}|good morning|thank you] [into|to] {h}.", "How do you say [hello|{t}|thank you|yes] in {h}?",
    "Do you speak {h}?", "What does [bonjour|hola|ciao|danke] mean?", "Correct this sentence: {t} are big.",
    "Summarize this text: {t} and {t} are not the same.", "Summarize {t}.",
    "Write [an email|a letter|an essay|a poem|a song|a report|a speech|a tweet|a haiku|a novel] [about {t}|to {n}|for {n}|].",
    "poem about {t}", "poem", "Spell {t}.", "How do you spell {t}?", "What rhymes with {t}?", "Find a synonym for {t}.",
    "How many letters are in {t}?", "Sing a song.", "sing", "Rap about {t}.",
    "List [five|three|ten|some] [animals|colors|cities|fruits|books|names|facts].", "Give me a list of [animals|colors|cities|names].",
    "Name [three|five|two] [animals|colors|cities|countries|rivers].", "Paraphrase: {t} is good.", "essay on {t}",
    # help with life
    "I feel [sad|lonely|tired|sick|bad|angry|happy|bored].", "I am [sad|lonely|tired|sick|bored|angry|in love|late|cold].",
    "I have [a headache|a fever|no money|lost my job|a dog|two cats|a problem|a cold].",
    "How do I [lose weight|sleep better|get rich|make friends|find a job|quit smoking|stay healthy]?", "What is the meaning of life?",
    "Should I [buy|sell|eat|call|marry] {t}?", "Give me [advice|money|a hint|a present|a name|a number].",
    "What should I do [today|now|tonight|with my life]?", "My name is not important.", "Where is my [phone|key|dog|wallet|money]?",
    "Can you [call|email|remember|find|buy|order|book|see|draw|paint|sing|dance|drive|fly|swim] [me|{t}|a taxi|something|it|for me]?",
    "Draw [me|] {t}.", "Book a [flight|hotel|table|taxi] [to {p}|in {p}|].", "Set an alarm for {d}.", "Remind me to {v} {t}.",
    "Play [music|a song|{t}].", "Call {n}.", "Send an email to {n}.", "Open the [door|window|garage].", "Turn on the [light|radio|oven].",
    "Search the [web|internet] for {t}.", "Google {t}", "Buy {t}.", "Where is the nearest [station|bank|hospital|shop]?", "Roll a dice.",
    "Flip a coin.", "Pick a number.", "Guess my [age|name|weight].", "Play chess with me.", "Let's play a game.",
    # statements
    "{t} is [nice|big|old|red|fast|expensive|my favourite].", "I [like|love|hate|want|need|have|saw|bought|sold] {t}.",
    "My [friend|brother|mother|boss|neighbour|cat] [likes|hates|has|wants|bought] {t}.", "Yesterday I saw {t}.", "{n} and {n} went to {p}.",
    "{n} has {t}.", "The [cat|dog|man|woman|train|sun] is [here|late|big|small|gone].", "I live in {p}.", "We are going to {p}.",
    "It is raining in {p}.", "Tomorrow is [Monday|Friday|a holiday].", "The quick brown fox jumps over the lazy dog.",
    "Lorem ipsum dolor sit amet.", "To be or not to be.", "I will {v} {t} [tomorrow|in {p}|].", "They {v} {t}.",
    "{n} lives in {p} with {t} and {t}.",
    # bits and pieces
    "{d}", "{d}{d}", "{y}-0{d}-1{d}", "{d}.{d}", "$ {d}", "{n}", "{p}", "{f}", "{t} {t}", "{t}, {t}, {t}", "[a|b|c|x|y|z]", "abc",
    "[asdf|qwerty|xyz|foo|foo bar|blah|bla bla bla|hmm|hm|uh|meh]", "[...|!!!|???|-|#|:)|:(|<3|@]", "https://example.com/{n}",
    "{n}@example.com", "true", "null", "[left|right side|up|down|north|east]", "why", "why?", "how", "how?", "when?", "where?", "who?",
    "and?", "then what", "because", "maybe", "if", "more", "continue", "go on", "again", "Tell me more.", "tell me something",
    "Say something.", "Tell me a fact.", "Tell me a secret.", "fun fact", "[Monday|Sunday|January|August|summer|winter]",
    "[red|blue|green|yellow|black|white]",
    # music, astronomy, law, gardening, sports
    "Which instrument did {n} play?", "Who sang this song?", "How many strings does a violin have?", "What is the best album of {y}?",
    "Which planets have rings?", "How far away is the sun?", "When is the next eclipse?", "How hot is Mars?", "Can I sue my landlord?",
    "What is the penalty for theft?", "Do I need a lawyer?", "Is it legal to park here?", "When should I plant tulips?",
    "Why are my tomato leaves yellow?", "How often should I water my cactus?", "How do I prune roses?",
    "Who scored the most goals?", "How many players are in a rugby team?", "What are the rules of badminton?", "Which team plays tonight?",
    "Where can I park in {p}?", "Is there a train from {p} to {p}?", "What language do people speak in {p}?", "Name a river in {p}.",
    "I moved to {p} last year.", "How do I knit a scarf?", "What is the best way to fold a paper crane?",
    "Please prove the Pythagorean theorem.", "Write a regular expression for phone numbers.", "Explain why the Roman Empire fell.",
    "Which vitamin is in lemons?", "What should I name my puppy?", "Convert ten miles to kilometers.", "How much does a house cost?",
    "Who painted the Mona Lisa?", "What is the boiling point of water?", "Can penguins fly?", "What is the longest river?",
    "Please book a dentist appointment.", "My grandmother baked a pie.", "The museum opens at nine.",
    "She sells sea shells by the sea shore.", "Is {n} taller than {n}?", "Translate good night into Finnish.",
    "Please write an essay about {t}.", "Could you recommend a podcast?", "What stocks should I buy?", "Who killed the king?",
    "Which shoes go with a blue suit?", "How do airplanes fly?",
)


FOREIGN = (
    "Guten Morgen, wie geht es dir?", "Was ist die Hauptstadt von Frankreich?", "Ich heiße Peter und wohne in Berlin.", "Wie spät ist es?",
    "Kannst du mir helfen?", "Was ist das?", "Erzähl mir eine Geschichte.", "Wo ist der Bahnhof?", "Ich verstehe das nicht.",
    "Schreib ein Gedicht über den Herbst.", "Wer bist du?", "Danke schön", "Wie funktioniert das?",
    "Bonjour, comment ça va ?", "Quelle est la capitale de l'Italie ?", "Je m'appelle Marie.", "Où est la gare ?", "Quel temps fait-il ?",
    "Raconte-moi une histoire.", "Je ne comprends pas.", "Merci beaucoup", "Qui es-tu ?", "Qu'est-ce que c'est ?",
    "Il fait beau aujourd'hui.", "Combien ça coûte ?",
    "Hola, ¿cómo estás?", "¿Dónde está la biblioteca?", "Me llamo Juan.", "¿Qué hora es?", "Cuéntame un cuento.", "No entiendo nada.",
    "¿Quién eres?", "Muchas gracias", "¿Qué es esto?", "Quiero comer algo.", "El perro es grande.",
    "Ciao, come stai?", "Dove si trova Roma?", "Che ore sono?", "Non capisco.", "Chi sei?", "Raccontami una storia.",
    "Quanto costa il biglietto?", "Hoe gaat het met je?", "Waar is het station?", "Ik begrijp het niet.", "Wie ben jij?", "Jak się masz?",
    "Gdzie jest dworzec?", "Nie rozumiem.", "Kim jesteś?",
    "Как дела?", "Кто ты?", "Что это такое?", "Расскажи мне сказку.", "Где находится Москва?", "Привет", "Спасибо", "你好", "你是谁？",
    "今天天气怎么样？", "什么是人工智能？", "给我讲个故事。", "谢谢", "Γεια σου", "Τι κάνεις;", "مرحبا", "كيف حالك؟", "안녕하세요", "이름이 뭐예요?", "नमस्ते",
    "Merhaba, nasılsın?", "Bugün hava nasıl?",
    "Olá, tudo bem?", "Onde fica o banco?", "Não entendo nada.", "Quem é você?", "Hur mår du idag?", "Var ligger stationen?",
    "Jag förstår inte.", "Mitä kuuluu?", "Missä on asema?", "こんにちは、元気ですか？", "これは何ですか？", "Bună ziua, ce mai faci?", "Unde este gara?",
    "Hvordan har du det?", "Dobrý den, jak se máte?", "Xin chào, bạn khỏe không?",
)

SENTENCES = (
    "The old bridge was closed for repairs, and the traffic went through the village.",
    "Every summer the family rented the same small house by the lake.",
    "In the afternoon the wind grew stronger and the boats came back to the harbour.",
    "The committee will meet on Thursday to discuss the budget for next year.",
    "Nobody remembered who had planted the tree in front of the school.",
    "She put the letter into the drawer and never spoke about it again.", "Prices rose by three percent while wages stayed the same.",
    "The experiment was repeated four times with different temperatures.",
    "He bought two tickets, but his friend did not come to the concert.",
    "A study from last year shows that people who walk every day sleep better.",
    "The museum has a large collection of coins from the fifth century.",
    "After the rain the streets were empty and the lamps shone on the wet stones.",
    "Our teacher asked us to write about the most important day of our lives.",
    "The recipe needs two eggs, a cup of flour and a pinch of salt.", "Many birds fly south in autumn and return in spring.",
    "The new law will come into force in January.", "My uncle repaired the roof with wood from an old ship.",
    "There is no simple answer to the question of why languages change.", "The train stopped for an hour between two stations.",
    "Both teams played well, but neither of them scored.", "The patient was given the medicine twice a day.",
    "Please read the following text and tell me what you think about it.",
    "The company was founded in a garage and now has four hundred employees.", "At night you can see the lights of the city from the hill.",
    "The violinist practised until midnight because the audition was near.",
    "Several planets can be seen without a telescope on clear evenings.", "The court rejected the appeal without giving any reasons.",
    "Water the seedlings gently and keep them away from direct sun.", "The goalkeeper was injured shortly before the final whistle.",
    "Her grandfather collected stamps from countries that no longer exist.", "A thick fog covered the valley when the expedition started.",
    "The invoice was paid late, so the supplier stopped all deliveries.",
)

KNOWN = ("request", "span", "trace", "token", "model", "queue", "engine", "server", "packet")
"""Story subjects that are terms of the mesh, too."""

_NOUNS = (*ITEMS, *CREATURES, *PEOPLE, *(thing for thing in THINGS if thing not in KNOWN), *"""
    address age air apartment arm army art aunt autumn back ball band bar beach bird bill body border boss brain branch brand
    breakfast brother business camera cap card career chance change child choice church class coast colour corner country course
    cousin crowd culture damage date daughter daylight debt decision desk dinner direction dish distance doctor drawer dream dress
    driver dust duty ear earth edge education effect election evening event exam eye face fact factory failure family farm father fear
    field film finger fire floor food foot freedom future game gate glass goal government ground group growth guest guide hair half
    hall hand heart heat height hill holiday home hope hour idea illness income industry island job journey judge kitchen lake land
    language law leader leg lesson letter library life light line love lunch machine manager market marriage meal meat medicine member
    method middle minute mood morning mother mouth movie music nation nature neck neighbour night noise nose ocean office oil opinion
    page pain paper parent party past path pattern peace phone picture pocket police pool poverty power price prize problem profit
    public race rain reason result road rock roof room rule sand school science season secret shape shop shoulder side sister size
    skin sky sleep smell smile snow soil son soul sound south space speech sport spring square stage station step stomach storm
    student style summer surface sweat table talk taste tax team test theory thing thought throat ticket title tooth top tour town toy
    traffic travel truth uncle view voice wage wall war water weather wedding week weight wheel wife wind winter wood wool world wound
    writer yard year youth
""".split())
_ADJECTIVES = """
    angry big bitter black blue brave bright broken busy cheap clean clever cold cruel dark deep dirty dry easy empty expensive famous
    fast fat fresh full funny gentle golden green grey happy hard heavy high hot huge hungry kind large lazy loud lucky narrow new
    noisy old open pale poor pretty proud quiet rare red rich rough round sad sharp short shy sick silent simple slow small soft
    strange strong sweet tall thick thin tired ugly warm weak wet white wide wild wise wooden yellow young
""".split()
_ACTIONS = """
    answer arrive ask become begin believe belong blow borrow break bring build burn buy call carry celebrate change choose climb
    collect come compare cook cost count cover cry cut dance decide deliver describe die dig draw drink drive eat enjoy enter escape
    fall fight find finish fly follow forget forgive get give go grow happen hate hear help hide hit hold hope hunt invite join jump
    keep kick kill kiss know laugh lead leave lend lie like listen live look lose love make marry meet melt move need offer open order
    paint pass pay plan play prefer promise protect pull push put read refuse remember repair reply rest return ride rise roll run
    save say search see seem sell send serve shake shine shoot shout show sing sit sleep smell smoke speak spend stand stay steal
    study swim take talk taste teach tell think throw touch travel trust try turn understand use visit wait wake walk want warn wash
    watch wear win wish work worry write
""".split()
_FRAMES = (
    "[When|Where|Why|How] [did|does|do|can|will|would|should] [the|my|your|our|this|a] {noun} {action} [the {noun}|a {noun}|it|]?",
    "[Who|What] [can|will|would|should|did] {action} [the|my|a|this] {adjective} {noun}?",
    "Which {noun} [is|was|has|can|will be] [the best|{adjective}|in the {noun}|{action}]?",
    "[Is|Was|Are|Were] [the|my|your|a|this|any] {noun} [{adjective}|in the {noun}|on the {noun}]?",
    "[Can|Could|Will|Would|Should|Do|Did|May|Must] [I|we|you|they|he|she] {action} [the|a|my|this|some] [{adjective} |]{noun}[ in the {noun}|]?",
    "[I|We|They|You|People] [often |never |always |will |can |must |]{action} [the|a|my|their|every] [{adjective} |]{noun}[ in the {noun}| with a {noun}|].",
    "[The|My|A|Our|That] [{adjective} |]{noun} [is|was|looks|became|seems] {adjective}[ and {adjective}|].",
    "[The|My|A|Our|Every] {noun} [has|had|needs|wants] [a|the|no] [{adjective} |]{noun}.",
    "[Please |]{action} [the|a|my|that|me the] [{adjective} |]{noun}.", "{action} {noun}", "{noun} {noun}", "{adjective} {noun}", "{noun}",
    "how to {action} [a|the|my|] {noun}", "best {noun} for {noun}",
    "[How many|How much|What kind of|What sort of] {noun} [is|are|can|do|did] [there|we {action}|you {action}|in the {noun}]?",
    "What [is|was] the {adjective} {noun} [of|in|on|behind] the {noun}?",
    "[Tell|Show|Give|Bring|Send] me [the|a|your|some] [{adjective} |]{noun}.",
    "[Describe|Explain|Discuss|Compare|Review|Check|Improve|Plan|Find] [the|a|my|this] {adjective} {noun}.",
    "[There is|There was|Here is] a {adjective} {noun} [in|on|near|under|behind] the {noun}.",
    "[After|Before|While|Because|If|When] the {noun} [was {adjective}|could {action}], [we|they|I|nobody] [had to|wanted to|could|did not] {action} the {noun}.",
    "The {noun} of the {noun} [did not|would|could|had to] {action} until the {noun} was {adjective}.",
    "[He|She|It|Nobody|Everybody] [wanted to|tried to|had to|did not] {action} the {adjective} {noun}.",
)


def _babble(rng: random.Random, sentences: int) -> str:
    """Grammatical sentences about anything: an unknown question is recognised by what it lacks."""

    def one() -> str:
        text = choose(rng.choice(_FRAMES), rng)
        for key, words in (("{noun}", _NOUNS), ("{adjective}", _ADJECTIVES), ("{action}", _ACTIONS)):
            while key in text:
                text = text.replace(key, rng.choice(words), 1)
        return text

    return " ".join(one() for _ in range(sentences))


def _noise(rng: random.Random) -> str:
    letters = string.ascii_lowercase if rng.random() < 0.7 else string.ascii_letters + string.digits + "!#$%&*+-/=?@^_~"
    words = ("".join(rng.choice(letters) for _ in range(rng.randint(3, 9))) for _ in range(rng.randint(1, 4)))
    return " ".join(words)


def _term(rng: random.Random, held_out: bool) -> str:
    if held_out:
        return rng.choice(held_out_in.UNKNOWN_TERMS)
    kind = rng.random()
    if kind < 0.50:
        return rng.choice(UNKNOWN_TERMS)
    if kind < 0.64:
        return rng.choice(NEAR_MISSES)
    if kind < 0.76:
        return rng.choice(("a ", "the ", "")) + invented_word(rng)
    noun = rng.choice(_NOUNS)
    return rng.choice((f"a {noun}", f"the {noun}", f"{noun}s", f"{rng.choice(_ADJECTIVES)} {noun}s", f"the {noun} of a {rng.choice(_NOUNS)}"))


def _action(rng: random.Random, held_out: bool) -> str:
    """Something to do that has nothing to do with the mesh."""
    if held_out or rng.random() < 0.5:
        return f"{rng.choice(VERBS)} {_term(rng, held_out)}"
    return f"{rng.choice(_ACTIONS)} {rng.choice(('a', 'the', 'my', 'some'))} {rng.choice(_NOUNS)}"


def _filled(pattern: str, rng: random.Random, held_out: bool) -> str:
    text = choose(pattern, rng)
    values = {
        "{p}": lambda: rng.choice(held_out_in.PLACES if held_out else PLACES),
        "{n}": lambda: rng.choice(NAMES),
        "{f}": lambda: rng.choice(FOODS),
        "{c}": lambda: rng.choice(CODE_TASKS),
        "{l}": lambda: rng.choice(LANGUAGES),
        "{h}": lambda: rng.choice(HUMAN_LANGUAGES),
        "{t}": lambda: _term(rng, held_out),
        "{v}": lambda: rng.choice(VERBS),
        "{x}": lambda: _action(rng, held_out),
        "{y}": lambda: str(rng.randint(1200, 2030)),
        "{d}": lambda: str(rng.randint(1, 99)),
    }
    for key, value in values.items():
        while key in text:
            text = text.replace(key, value(), 1)
    return text


def unknown(rng: random.Random, held_out: bool) -> Example:
    """A question or statement outside of what the model knows."""
    return Example("unknown", _held_out_question(rng) if held_out else _question(rng), UNKNOWN)


def _question(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.33:
        return _filled(rng.choice(DEFINITION_PHRASINGS), rng, False)
    if kind < 0.41:
        return _filled(rng.choice(ACTION_PHRASINGS), rng, False)
    if kind < 0.73:
        return _filled(rng.choice(SUBJECTS), rng, False)
    if kind < 0.86:
        return _babble(rng, rng.choice((1, 1, 1, 1, 2, 3)))
    if kind < 0.91:
        return rng.choice(FOREIGN)
    if kind < 0.95:
        return " ".join(rng.sample(SENTENCES, rng.randint(1, 2)))
    if kind < 0.98:
        return _noise(rng)
    return " ".join(rng.choice(UNKNOWN_TERMS).split()[-1] for _ in range(rng.randint(2, 5)))


def _held_out_question(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.33:
        return _filled(rng.choice(held_out_in.DEFINITION), rng, True)
    if kind < 0.40:
        return _filled(rng.choice(held_out_in.ACTION), rng, True)
    if kind < 0.86:
        return _filled(rng.choice(held_out_in.UNKNOWN_SUBJECTS), rng, True)
    if kind < 0.92:
        return rng.choice(held_out_in.FOREIGN)
    return " ".join(rng.sample(held_out_in.SENTENCES, rng.randint(1, 2)))
