"""Common forenames, lower case, to recognise a person who is named in a text."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    """Read a list of words that is written as a paragraph."""
    return frozenset(text.split())


FORENAMES = _words(
    """
    aaron abbie abdul abdullah abigail adam adrian agnieszka ahmed aidan aisha alan albert alex alexander
    alexandra alfie ali alice alison allan amanda amara amber amelia amir amy ana andrea andrew andy angela
    angie anil anita ann anna anne annie anthony antonio arthur asha ashley ayesha barbara barry beatrice becky
    ben benjamin bernard beth bethany betty bilal bill billy bob bobby bradley brenda brian bridget bruce callum
    cameron carl carla carol caroline catherine chantelle charles charlie charlotte chelsea cheryl chloe chris
    christian christina christine christopher claire clare clive colin connor conor courtney craig daisy damian
    dan daniel danielle danny darren dave david dawn daz dean debbie deborah declan deepak denise dennis derek
    diana diane dominic donna doreen doris dorothy duncan dylan ebony eddie edward eileen elaine eleanor elena
    elizabeth ella ellen ellie elsie emily emma eric erin ethan eva evelyn evie farah fatima fiona florence
    frances francesca frank fred freddie frederick freya gareth gary gavin gemma geoff geoffrey george georgia
    georgina gerald gerard gill gillian glen glenn gloria gordon grace graham grant greg gurpreet hamza hannah
    harriet harry hassan hayley hazel heather helen henry hilary holly howard hugh hussein iain ian ibrahim
    imran irene isaac isabel isabella isla ismail jack jackie jacob jacqueline jade jake jamal james jamie jan
    jane janet janice jasmine jason javed jay jayne jean jeff jeffrey jennifer jenny jeremy jess jessica jill
    jim jimmy joan joanna joanne joe joel john johnny jon jonathan jordan jose joseph josh joshua joyce judith
    judy julia julian julie june justin kamal karen karl kasia kate katherine kathleen kathryn katie kayleigh
    keiran keith kelly kelvin ken kenneth kenny kerry kev kevin khadija khalid kieran kim kirsty krzysztof kwame
    kyle laura lauren lawrence layla leah leanne lee leo leon leonard lesley leslie lewis liam lilian lily linda
    lindsay lisa logan lorraine louis louise luca lucas lucy luke lydia lynda lynn maciej maddie magdalena
    maisie malcolm mandy marcus margaret maria marian marie marilyn mario marion mark martin martyn mary maryam
    mateusz matt matthew maureen max maxine megan mehmet melanie melissa mia michael michal michelle miguel mike
    mohamed mohammad mohammed molly monica morgan muhammad mustafa nadia naomi natalie natasha nathan neil niall
    nicholas nick nicky nicola nicole nigel nikki noah norma norman oliver olivia omar oscar osman owen pam
    pamela patricia patrick paul paula pauline pawel peter petra phil philip phillip phoebe piotr priya rachael
    rachel raj rajesh ralph ravi ray raymond rebecca reece rhys ricardo richard ricky rita rob robert robin
    roger ron ronald rory rosemary rosie ross roy ruby russell ruth ryan sadia saeed sally sam samantha samira
    samuel sandeep sandra sanjay sara sarah scott sean sebastian shabnam shane shannon sharon shaun sheila
    shirley sian simon sofia sophia sophie stacey stan stanley stella stephanie stephen steve steven stewart
    stuart sue sunita susan suzanne sylvia tania tanya tara terence teresa terry theo theresa thomas tim timothy
    tina toby tom tommy tony tracey tracy trevor umar usman valerie vanessa vera vicky victor victoria vijay
    vincent vivien wayne wendy will william yasmin yolanda yusuf yvonne zahra zainab zara zoe
    """
)
"""English, Welsh, Irish and Scottish names of several generations, and names common in other British communities."""

PLACE_LIKE = _words("chelsea dawn dean florence georgia gill grant hazel holly jordan lee ross victoria will")
"""Forenames that are ordinary words or places as often, and count only beside other evidence."""

SURNAMES_IN_S = _words(
    """
    adams alans allans andrews daniels davids edwards harrys henrys hughs ians johns josephs martins matthews
    michaels morgans owens pauls peters phillips richards roberts rogers simons stephens stevens williams
    """
)
"""What a forename with an s is as often: a surname, and so a building's name."""

SAINTS_AND_PEERS = _words("st saint king queen prince princess lady lord sir duke san santa")
"""Words before a forename that make it the name of a pub, church or street."""

NO_NAMES = _words(
    "the this that unknown not male female man woman left ran fled told states said was has patient patients pt pts "
    "client clients casualty victim victims person somebody someone friend friends partner partners neighbour "
    "neighbours relative relatives family parents stranger strangers carer carers landlord landlords tenant tenants"
)
"""Words that stand with a capital where a name could stand and name nobody."""
