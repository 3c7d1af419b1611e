"""Word lists, all of them for training."""

import random

NAMES = tuple(
    """Mia Omar Lena Ravi Chloe Ivan Sara Noah Aya Tom Anna Ben Carl Dora Emil Fay Gina Hans Ines Jan Kira Leo Maya Nils Olga Paul Rita Sven Tina Uwe Vera Walt
    Alice Bob Carol Dave Eve Frank Grace Heidi John Jane Peter Mary Michael Linda David Susan James Emma Liam Olivia Lucas Amelia Ethan Sofia Daniel Julia Martin Laura Felix Clara
    Hugo Nina Oscar Ella Theo Ruth Simon Paula Victor Wendy Xavier Yusuf Zara Amir Bianca Diego Elena Farid Greta Hiro Isabel Jorge Karim Luisa Marco Nadia Pedro Rosa Samir Tariq Ursula
    Adam Bruno Celia Dennis Edith Fiona George Helen Igor Jonas Katja Louis Monika Norbert Otto Petra Robert Stella Thomas Viktor Wanda Yvonne Andrea Bernd Dieter Erika Fritz
    Aaron Beth Colin Diana Eric Flora Gabriel Hanna Isaac Joan Kevin Lydia Mario Natalie Patrick Rachel Stefan Tamara Vincent Zelda
    Ada Alan Max Sam Kate Jack Lucy Lily Zoe Ali Maria Jose Chris Alex Joe Bill Sue Amy Tim Mark Luke Matt Steve Jim Nick Leah Jenny Sophie Charlie Harry William
    Henry Anne""".split()
)
ITEMS = tuple("""
    lamp book chair table pen cup plate map key clock bell kite boat drum ring hat shoe coat bag box lantern mirror pillow blanket
    pencil ruler candle basket bottle spoon fork knife apple lemon pear ticket stamp card button ladder hammer screw nail rope bucket
""".split())

CREATURES = tuple(
    """fox owl bear cat frog crow hare mole dog horse wolf lion tiger mouse rabbit turtle snail duck goose swan sheep goat cow pig hen bird fish whale shark seal crab bee ant spider
    elephant monkey giraffe camel kangaroo koala panda otter beaver hedgehog squirrel deer moose donkey parrot eagle raven penguin dragon unicorn dinosaur ghost monster mermaid fairy
    lizard snake butterfly dolphin octopus rat bat zebra llama ostrich pigeon sparrow rooster puppy kitten pony lamb chicken toad worm beetle cricket firefly dwarf giant
    badger falcon salmon ferret walrus hamster buffalo pelican lobster crocodile rhino hippo bunny gorilla leopard""".split()
)
PEOPLE = tuple(
    """wizard witch knight king queen prince princess pirate farmer baker sailor doctor teacher painter miller shepherd hunter fisherman tailor gardener boy girl child man woman
    baby grandmother thief spy detective astronaut clown juggler dancer singer poet inventor carpenter blacksmith cook nurse soldier merchant potter captain
    programmer engineer writer pilot student scientist friend brother sister mother father grandfather hero musician""".split()
)
THINGS = tuple(
    """robot lantern clock train boat ship car bus bicycle rocket kite drum violin lamp book key mirror chair table teapot spoon stone mountain river tree flower rose leaf cloud star moon
    island castle tower bridge lighthouse village garden computer server packet engine snowman scarecrow puppet doll umbrella candle wagon hammer pumpkin desert meadow
    house forest request span trace token model queue machine plane planet snowflake sun""".split()
)

# Things that the model knows nothing about. "Near" ones look like known terms and are not.
NEAR_MISSES = """a space|a spoon|spam|a spanner|a spaniel|Spain|a trance|a track|a race|a trade|a train|a tray|a treat|a tractor|trousers|tracks|a loan|
a leash|leaves|a leaf|a license|lettuce|a mattress|a matrix|a meter|a mast|a blog|a lock|a lodge|a fog|a dog house|a jaguar|a jar|jelly|
a jungle|a promise|a prompter|a professor|a graph|a graphic|granite|a grape|gravity|a cabin|a cabana|a cabinet|cabbage|a collection|
a collar|a college|a coordinate|an architect|a queen|a quest|a quote|a quiz|a bat|a bath|a butcher|bathing|a patch|a catch|cash|
a cache memory|cashews|a taken seat|a towel|a tonic|a taco|a sample|an example|simplicity|a summary|samba|a header|a heater|a helmet|
a dead line|a lifeline|headlines|a slot machine|a sloth|a salt|a sled|a seat|a sea|a weed|a window|glass|a contest|a contract|a content|
a lattice|lateness|a latte|thoroughness|a thermometer|interference|infancy|an inference rule in law|an engineer|an engine of a car|
a motor|a stream in the woods|a river|an exam|an exit|an event|a cat|a lot|a lag|a log cabin|a decoy|a decade|a decree|a dessert|
a profile|a prefix|a preface|a preview|a telescope|a telephone|open source|open air|openness|an opening|a baggage claim|luggage|
a suitcase|a bag|a temple|a temper|a tempest|a sea lion|a feed|weeds|needles|a mess|a mesh fabric|the sky|a Docker hub|a duck|a dock|
a tracker|tracking|tracing paper|spanish|a jogger|elastic bands|an elastic waist|grunge|kabuki|a lasso|a leasehold|metre|a metropolis|
logic|a logo|logistics|an exemption|an exception|a stencil|tokens of love|Tokyo|a queue at the bakery|a batch of cookies|
decoding a message from space|a slotted spoon""".replace("\n", "").split("|")

UNKNOWN_TERMS = """a volcano|photosynthesis|the moon|a black hole|gravity|democracy|a banana|bread|cheese|a tomato|chocolate|coffee|tea|wine|beer|milk|water|
rice|pasta|pizza|soup|salt|sugar|honey|butter|an egg|a potato|an onion|garlic|a carrot|a cake|a cookie|ice cream|football|tennis|chess|
basketball|swimming|running|yoga|golf|hockey|boxing|skiing|surfing|cycling|the Olympics|a marathon|a piano|a guitar|a drum|a symphony|
jazz|opera|ballet|a novel|poetry|a poem|a sonnet|a painting|sculpture|photography|a camera|a movie|cinema|theatre|a car|a truck|a bus|
a plane|a helicopter|a rocket|a bicycle|a train station|a bridge|a tunnel|a road|a house|a door|a window pane|a chair|a table|a bed|
a lamp|a candle|a mirror|a clock|a watch|a phone|a television|a radio|a fridge|an oven|a dishwasher|a vacuum cleaner|a dog|a horse|
a whale|a spider|a snake|a bee|a mosquito|a virus|a bacterium|a cell|DNA|a gene|evolution|a protein|a vitamin|an atom|a molecule|
an electron|a proton|a photon|energy|electricity|magnetism|light|sound|heat|a wave|quantum mechanics|relativity|chemistry|biology|physics|
mathematics|algebra|geometry|calculus|a triangle|a circle|pi|a prime number|statistics|probability|infinity|economics|inflation|money|
a bank|a stock|a bond|bitcoin|a blockchain|taxes|insurance|a mortgage|a contract of sale|a law|justice|a court|a judge|a police officer|
a prison|a parliament|a president|a king|an election|war|peace|history|the Roman Empire|the Middle Ages|the Renaissance|a pyramid|
a castle|a knight|a pirate|religion|God|Buddhism|Islam|Christianity|philosophy|ethics|truth|beauty|love|friendship|happiness|sadness|
anger|fear|hope|a dream|sleep|memory|consciousness|the brain|the heart|the liver|blood|a bone|a muscle|a tooth|skin|a doctor|a hospital|
a nurse|medicine|aspirin|a cold|the flu|cancer|diabetes|a headache|a vaccine|a school|a university|a teacher|a student|homework|grammar|
a verb|a noun|an adjective|a language|Latin|Esperanto|Paris|London|Berlin|Tokyo|New York|Rome|Africa|Asia|Europe|Antarctica|the Amazon|
the Nile|Mount Everest|the Pacific|a mountain|a lake|an ocean|a desert|a forest|a tree|a flower|a rose|grass|a mushroom|rain|snow|thunder|
a hurricane|an earthquake|climate change|pollution|recycling|plastic|glass|gold|silver|iron|copper|diamond|oil|coal|solar power|
nuclear power|a battery|a computer|a keyboard|a mouse|a monitor|a printer|the internet|a website|a browser|email|a password|
a computer virus|a robot|Python|Java|JavaScript|TypeScript|Rust|C++|Haskell|SQL|HTML|CSS|a compiler|a variable|a function|a loop|
recursion|an algorithm|a linked list|a hash table|a binary tree|a database|Linux|Windows|macOS|Android|a file system|a process|a thread|
a mutex|React|Vue|Angular|Git|GitHub|Bash|Vim|Emacs|Redis|Postgres|MySQL|Kafka|RabbitMQ|Terraform|Ansible|AWS|Azure|Excel|PowerPoint|
Photoshop|a neural network|deep learning|a transformer|backpropagation|Google|Amazon|Apple|Microsoft|Facebook|Twitter|Netflix|Wikipedia|
Einstein|Newton|Mozart|Shakespeare|Picasso|Napoleon|Cleopatra|Star Wars|Harry Potter|Batman|Superman|Mickey Mouse|Minecraft|a video game|
a puzzle|a riddle|a magic trick|a circus|a museum|a library|a restaurant|a hotel|a beach|a vacation|a passport|a visa|a birthday|
Christmas|Easter|a wedding|a funeral|a baby|a family|a brother|a sister|a neighbour|a friend|an enemy|a secret|a lie|a joke book|a hammer|
a screwdriver|a saw|a nail|a ladder|a rope|a knife|a fork|a plate|a cup|a bottle|a box|a basket|a shirt|a shoe|a hat|a coat|a scarf|
a glove|a ring|a necklace|perfume|soap|shampoo|a toothbrush|a towel|a pillow|a blanket|a carpet|a curtain|a sofa|a garden|a fence|
a shovel|a seed bank|a farm|a tractor|a cow|milk powder|wool|cotton|silk|
a galaxy|a comet|the sun|Mars|a planet|astronomy|a glacier|a canyon|a waterfall in Iceland|a violin|a trumpet|rock music|hip hop|a choir|
the Beatles|Beethoven|a lawyer|a crime|copyright|a patent|an orchid|a tulip|a cactus|pruning|compost|a lawn mower|knitting|sewing|origami|
pottery|a sandwich|sushi|a pancake|yogurt|vinegar|a pineapple|cricket the sport|rugby|badminton|Brazil|Madrid|Canada|Switzerland|Gandhi|
Marie Curie|Leonardo da Vinci|Kotlin|Swift|Perl|MongoDB|Flask|Django|Jenkins|a semaphore|quicksort|a microwave|a toaster|an umbrella|
a wallet|a zebra|a penguin|a dolphin|a kidney|a lung|asthma|a penny|a lottery|Halloween|karate""".replace("\n", "").split("|")

_SYLLABLES = """
    ba be bo ca co da de di do fa fi fo ga go gra ha hi ja jo ka ki la li lo ma me mi mo na ne no pa pe po ra re ri ro sa se si so sta
    ta te ti to tri va ve vi wa wi xa yo za zo blu cha dro fle gri plo qui ska sno tra al el en er in an or un
""".split()
_ENDINGS = ("", "", "n", "r", "s", "x", "l", "ng", "st", "rd", "lm")


def invented_word(rng: random.Random) -> str:
    """A word that could be one."""
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 3))) + rng.choice(_SYLLABLES[:52]) + rng.choice(_ENDINGS)
