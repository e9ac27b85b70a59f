/**
 * The commonest words of languages: articles, pronouns, prepositions, conjunctions, auxiliaries. They say which
 * language a text is in and, in a question, little else. Words that may be what is meant ("again", "before",
 * "without") are not among those of English: leaving them out of questions was measured to cost more than it gains.
 */

/**
 * The words of a list. A query has few words, for which looking through the text is cheaper than taking it apart; so
 * it is taken apart for longer texts only.
 */
class WordList implements Iterable<string> {
  readonly #list: string;
  #words: ReadonlySet<string> | undefined;
  #looks = 0;

  constructor(list: string) {
    this.#list = list;
  }

  has(word: string): boolean {
    if (this.#words === undefined && ++this.#looks > FEW_LOOKS) this.#words = new Set(this);
    if (this.#words !== undefined) return this.#words.has(word);
    if (word === "" || SPACE.test(word)) return false;
    for (let at = this.#list.indexOf(word); at >= 0; at = this.#list.indexOf(word, at + 1)) {
      if (this.#isSpace(at - 1) && this.#isSpace(at + word.length)) return true;
    }
    return false;
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const word of this.#list.split(SPACE)) if (word !== "") yield word;
  }

  #isSpace(at: number): boolean {
    const character = this.#list[at];
    return character === undefined || character === " " || character === "\n";
  }
}

const FEW_LOOKS = 200;
const SPACE = /\s+/;

const words = (list: string): WordList => new WordList(list);

/** By ISO 639-1 code. */
export const FUNCTION_WORDS: Readonly<Record<string, WordList>> = {
  en: words(`
    a about all also am an and any are as at be because been being between but by can could did do does
    doing don for from had has have having he her him his how i if in into is it its just may me might must
    my no not of on or our s shall she should so some such t than that the their them then there these they
    this those to too until us very was we were what when where which while who whom whose why will with
    would you your
    e.g i.e cf viz etc
    don't doesn't didn't isn't aren't wasn't weren't can't cannot couldn't won't wouldn't shouldn't haven't hasn't
    hadn't i'm i'd i've i'll you're you'd you've you'll he's he'd he'll she's she'd she'll it's it'd it'll we're
    we'd we've we'll they're they'd they've they'll that's there's here's what's who's where's how's let's
  `),
  de: words(`
    aber alle als am an auch auf aus bei bin bis da damit dann das dass dein dem den der des die dies diese
    diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er es etwas für hat hatte
    habe haben hier ich ihr ihre im in ist ja jede jeder kann kein keine können man mehr mein mich mir mit
    muss nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so soll über um und uns unter
    vom von vor war waren warum was wenn wer werden wie wieder wir wird wo wurde zu zum zur zwischen
  `),
  fr: words(`
    alors au aux avec avoir c ce ces cet cette comme comment d dans de des donc du elle elles en est et
    étaient était être fait ici il ils j je l la le les leur leurs lui ma mais me mes moi mon n ne nos notre
    nous on ont ou où par pas plus pour pourquoi qu quand que quel quelle quelles quels qui s sa sans se ses
    si son sont sur ta te tes toi ton tu un une vos votre vous y à été
  `),
  es: words(`
    a al algo como con cómo cual cuando de del desde donde dónde el ella ellos en entre era es esa ese eso
    esta este esto está están estos fue ha hay la las le les lo los me mi muy más nada ni no nos o otra otro
    para pero por porque puede qué que quien se ser si sin sobre solo son su sus también te tiene todo todos
    tu un una uno unos y ya yo
  `),
  it: words(`
    a ad agli ai al alla alle allo anche che chi ci come con cosa da dagli dai dal dalla dalle de degli dei
    del della delle dello di dove e ed essere gli ha hanno i il in io la le lei lo loro lui ma mi mia mio
    nei nel nella nelle no noi non o ogni per perché più quale quando questa queste questi questo se sei si
    sia sono su sua sue sul sulla suo tra tu tutti un una uno voi è
  `),
  pt: words(`
    a ao aos as até com como da das de dela dele do dos e ela elas ele eles em entre era essa esse esta este
    eu foi há isso isto já la lhe mais mas me meu minha muito na nas no nos não o onde os ou para pela pelo
    por porque qual quando que quem se sem ser seu seus sua suas são só também te tem um uma você à às é
    está
  `),
  nl: words(`
    aan al als bij dan dat de der deze die dit doen door dus een en er geen haar had heb hebben heeft het
    hier hij hoe hun ik in is je kan kunnen maar me meer met mij mijn moet na naar niet nog nu of om omdat
    onder ons ook op over te tot u uit van veel voor waar waarom was wat we wel werd wie wij worden wordt
    zal ze zich zij zijn zo zonder zou
  `),
  sv: words(`
    alla att av bara blev bli de dem den denna det detta dig din du där efter eller en ett från för ha hade
    han har hur här i icke inte ja jag kan man med men mig min mot mycket ni nu när och om oss på sedan sig
    sin ska skulle som så till under upp ut utan vad var vem vi vid vilken över är
  `),
  da: words(`
    af alle at blev blive da de dem den denne der deres det dette dig din du efter eller en er et for fra
    ham han har havde hun hvad hvem hver hvor hvordan hvorfor i ikke ind jeg kan man med meget men mig min
    mod når og også om op os over på sig sin skal skulle som så til ud under var ved vi vil ville være
  `),
  no: words(`
    alle at av ble bli da de deg dem den denne der dere deres det dette din du eller en er et etter for fra
    ha hadde han har hun hva hvem hver hvor hvordan hvorfor i ikke inn jeg kan man med meg men min mot mye
    nå når og også om opp oss over på seg sin skal skulle som så til under ut uten var ved vi vil ville være
  `),
  fi: words(`
    ei eivät en ennen että ettei he hän hänen ja jo jonka jos joka jotka kanssa kaikki kuin kun mikä mitä
    miten missä mukaan mutta muut myös ne niin niitä noin nyt oli olin olisi olla on ole ovat se sekä sen
    siinä siitä sitä tai tämä tässä tätä vaan vain voi vuoksi
  `),
  ru: words(`
    а без бы был была были было быть в вам вас весь во вот все всё вы
    где да для до его ее её если есть еще ещё же за и из или им их к
    как ко когда кто ли мне мы на над нам нас не него нее нет ни но
    ну о об он она они оно от по под при с со так также там те то того
    тоже только ты у уже чем что чтобы эта эти это этот я
  `),
  uk: words(`
    а але або б без би був була були було в вам вас ви від він все
    вони воно вона для до є же з за зі і із їх її його й як який яка
    які коли ми мені на над нам нас не ні о об по під при про та так
    також там ти тим то того тільки у хто це цей ця чи що щоб я
  `),
  bg: words(`
    а без беше бъде в вече ви все във го да до докато за защо и из
    или им има как какво като когато който която което които към ли
    ме между ми много може на над най не него ни но някои о от по под
    при с са само се си след със също така те тези ти то това този
    той тя че ще
  `),
  pl: words(`
    a aby ale albo bez bo by był była było być co czy dla do gdy gdzie go i ich ja jak jako je jego jej jest
    już kto która które który którzy ma mi mnie może my na nad nas nie nim o od on ona oraz po pod przed
    przez przy się są ta tak także tam te tego tej ten to tu ty tylko w we wszystko z za ze że żeby
  `),
  cs: words(`
    a aby ale ani až bude by byl byla bylo být co do ho i ich ja jak jako je jeho její jejich jen ještě ji
    jsem jsme jsou k kde když která které který má mi na nad ne nebo není o od on ona po pod podle pokud pro
    proto při s se si své ta tak také tam ten to tu v ve více však z za ze že
  `),
  ro: words(`
    a acest această ai al ale am ar are asta au că când care ce cu cum dar de din după e ea ei el ele era
    este eu fi fie fost iar îi îl în încă la le lor lui mai mi noi nu o pe pentru prin s sa sau se și sunt
    te tot toate un una unde unei unor unui vor
  `),
  hu: words(`
    a az azt azonban be csak de e egy egyik el én és ez ezek ezt fel ha hogy hogyan is itt ki kell le lehet
    lesz ma már még meg mert mi miért mint minden nagyon ne nem nincs olyan ő ők össze pedig s saját semmi
    sok szerint te úgy után vagy van vannak volt voltak
  `),
  tr: words(`
    acaba ama ancak bana bazı belki ben beni benim bir biz bu çok çünkü da daha de değil diye en gibi hem
    hep her için ile ise kadar ki kim mı mi mu mü nasıl ne neden nerede niye o olan olarak oldu olduğu onlar
    onun sen siz şey şu tüm ve veya ya yani
  `),
  id: words(`
    ada adalah agar akan anda apa atau bagaimana bagi bahwa banyak belum bisa dalam dan dapat dari dengan di
    dia harus hanya ini itu jika juga kami kamu karena ke kita lebih maka mereka oleh pada para saat saya
    sebagai seperti serta sudah tetapi tidak untuk yang
  `),
  lt: words(`
    ar arba aš bei bet būti buvo dar dėl į ir iš jei jis ji jo jos jų kad kai kaip kas kur mes nei ne nes
    nuo o per po prie su šis ši šie tai taip tas toks tik už yra
  `),
  el: words(`
    αλλά αν από αυτά αυτό αυτή για δεν είναι είχε ένα ένας έχει η ή
    θα και κατά με μέσα μετά μην μια μου να ο οι όταν ότι όπως που
    πως σαν σας σε στα στη στην στις στο στον στους τα τη την της τι
    τις το τον του τους των ως
  `),
  sr: words(`
    а ако али би био била било бити да до за и из или им како када
    као које који која ли ми на не нема није но о од он она они по
    при са само се су та тако те то у ће че што је
  `),
  ar: words(`
    في من على إلى عن أن إن هذا هذه ذلك التي الذي الذين كان كانت يكون
    هو هي هم ما لا لم لن قد كل بعد قبل بين مع أو ثم حتى عند كما هناك
    أي
  `),
};

/** Those of the lists that are a month as well. */
const MONTH = "(?:may|mai)";
const DAY = String.raw`(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|[.,])?|[12]\d{3})`;
const AFTER_DAY = String.raw`${DAY}(?:\s+of)?\s+(${MONTH})`;
const BEFORE_DAY = String.raw`(${MONTH})[.,]?\s+${DAY}`;
const DATED = new RegExp(
  String.raw`(?<![\p{L}\p{N}.,])(?:${AFTER_DAY}|${BEFORE_DAY})(?![\p{L}%]|[.,]?\p{N})`,
  "giu",
);
const ALL_MONTH = new RegExp(`^${MONTH}$`, "iu");

/**
 * The function words of a text that are a month in it, lower-cased: `may` beside a day or a year, as in `4 May` and
 * `May 2026`, and where it is the only word beside numbers.
 */
export function monthsIn(text: string): ReadonlySet<string> {
  const dated = [...text.matchAll(DATED)].map(([, after, before]) => after ?? before ?? "");
  const all = text.match(/\p{L}+/gu) ?? [];
  const alone = /\p{N}/u.test(text) && all.every((word) => ALL_MONTH.test(word)) ? all : [];
  return new Set([...dated, ...alone].map((word) => word.toLowerCase()));
}

/**
 * Without what says little, unless nothing else would be left. @param language of the text they are from, where it is
 * known @param kept those that say something there
 */
export function tellingWords<T>(
  all: readonly T[],
  wordOf: (item: T) => string,
  language: string | undefined,
  kept?: ReadonlySet<string>,
): T[] {
  const lists = [FUNCTION_WORDS.en, language === undefined ? undefined : FUNCTION_WORDS[language]];
  const telling = all.filter((item) => {
    const word = wordOf(item);
    return kept?.has(word) === true || !lists.some((list) => list?.has(word));
  });
  return telling.length > 0 ? telling : [...all];
}

const ASKING =
  "(use|do|get|make|find|need|want|have|know|see|start|go|work|say|tell|put|take|try|look|handle|deal)";
const ASKED = [
  String.raw`\b(?:do|does|did|can|could|should|would|must|may)\s+(?:i|we|you|one|they)\s+${ASKING}\b`,
  String.raw`\b(?:how|need|have)\s+(?:best\s+)?to\s+${ASKING}\b`,
  String.raw`^how\s+(?:do|does|did)\s.+\s(work)\W*$`,
  // What somebody has to do with something: "who looks after the roof", "who deals with it".
  String.raw`\bwho\s+(look(?:s|ed)?\s+after|(?:takes?|took)\s+care|deals?\s+with|dealt\s+with|work(?:s|ed)?\s+on)\b`,
  String.raw`\bwho\s+(handle[sd]?|do(?:es)?|did|cares?|cared)\b`,
].map((question) => new RegExp(question, "giu"));

/**
 * The verbs of a text that only ask for something, lower-cased: `use` in `how do I use the prefix`, `looks after` in
 * `who looks after payments`. In a few hundred
 * notes such a word may be rarer than what is asked for.
 */
export function askingVerbsIn(text: string): ReadonlySet<string> {
  return new Set(
    ASKED.flatMap((question) =>
      [...text.matchAll(question)].flatMap(([, verb = ""]) => verb.toLowerCase().split(/\s+/)),
    ),
  );
}
