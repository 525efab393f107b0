import type { MailCharset } from "./charset-encoder.ts";

/** What people of one language write: enough to look like mail, small enough to read. */
export interface Locale {
  readonly language: string;
  /** Charsets that hold all phrases of this locale; the generator picks one a message. */
  readonly charsets: readonly MailCharset[];
  readonly people: readonly Person[];
  readonly topics: readonly string[];
  readonly sentences: readonly string[];
}

export interface Person {
  readonly name: string;
  readonly address: string;
}

export const locales: readonly Locale[] = [
  {
    language: "en",
    charsets: ["us-ascii", "utf-8", "utf-8"],
    people: [
      { name: "Maya Whitfield", address: "maya.whitfield@example.com" },
      { name: "Tom Okafor", address: "tom@okafor.example.org" },
      { name: "Ruth Bell", address: "ruth.bell@mail.example.net" },
      { name: "Hannah Price", address: "hprice@example.com" },
      { name: "Dev Anand", address: "dev.anand@labs.example.org" },
      { name: "Priya Nair (Support)", address: "support+priya@example.net" },
    ],
    topics: [
      "Minutes of Tuesday's call",
      "Invoice for the second quarter",
      "Draft contract, third round",
      "Deploy window on Friday",
      "Lunch next week?",
      "Travel plans for the offsite",
      "Question about the import job",
      "Your feedback on the prototype",
    ],
    sentences: [
      "Thanks for the quick answer, that clears up most of it for me.",
      "I have put the numbers into the shared sheet so that everyone can check them before we meet.",
      "Could you have a look at the second paragraph and tell me whether it still says what we agreed on?",
      "The supplier moved the delivery by two days, which gives us a little more room than we had planned.",
      "We tried the change on the test system this morning and saw nothing out of the ordinary.",
      "Let us keep the old process until the end of the month and then decide with real figures.",
      "Please send me the signed copy when you are back at your desk.",
      "The parking lot behind the building will be closed on Thursday, so plan for a few extra minutes.",
      "I would rather wait one more week than ship something that we have to take back.",
      "Nothing else from my side; see you on Monday.",
      "She asked for the earlier version because the later one had lost its footnotes.",
      "If that works for you, I will book the room and send an invitation around.",
      "There were three open points on the list, and two of them are done.",
      "From what I can see, the totals match.",
    ],
  },
  {
    language: "de",
    charsets: ["iso-8859-1", "utf-8"],
    people: [
      { name: "Jörg Müller", address: "joerg.mueller@example.org" },
      { name: "Käthe Großmann", address: "kaethe@grossmann.example.net" },
      { name: "Anja Böhm", address: "a.boehm@example.com" },
    ],
    topics: [
      "Rückfrage zur Lieferung",
      "Einladung zum Frühstück",
      "Änderung am Vertrag",
      "Urlaubsübergabe",
      "Größe der Anhänge",
    ],
    sentences: [
      "Vielen Dank für die schnelle Rückmeldung, das hilft uns sehr weiter.",
      "Die Lieferung verspätet sich um zwei Tage, wir müssen den Termin also verschieben.",
      "Könntest du bitte die Zahlen im dritten Abschnitt noch einmal prüfen?",
      "Wir hätten den Raum gern für den ganzen Nachmittag, möglichst im Erdgeschoß.",
      "Über die Kosten sprechen wir am besten persönlich.",
      "Ich bin bis Freitag nicht im Büro, meine Vertretung übernimmt Frau Böhm.",
      "Anbei die überarbeitete Fassung mit den gewünschten Änderungen.",
      "Schöne Grüße aus Köln und ein gutes Wochenende!",
    ],
  },
  {
    language: "fr",
    charsets: ["windows-1252", "utf-8"],
    people: [
      { name: "Hélène Lefèvre", address: "helene.lefevre@example.com" },
      { name: "François Noël", address: "f.noel@example.org" },
    ],
    topics: [
      "Compte rendu de la réunion",
      "Devis révisé – 1 200 €",
      "Prochaine étape",
      "Où déjeuner jeudi ?",
    ],
    sentences: [
      "Merci beaucoup pour votre réponse, c’est exactement ce qu’il nous fallait.",
      "Le devis s’élève désormais à 1 200 €, livraison comprise.",
      "Pourriez-vous relire la deuxième page avant l’envoi au client ?",
      "Nous avons déplacé la réunion à mardi, à cause des congés d’été.",
      "L’équipe a terminé les essais… sans la moindre erreur.",
      "Je vous rappelle dès que j’ai reçu les pièces signées.",
      "À bientôt, et bonne fin de journée.",
    ],
  },
  {
    language: "ja",
    charsets: ["iso-2022-jp", "utf-8"],
    people: [
      { name: "佐藤 健一", address: "k.sato@example.com" },
      { name: "鈴木 美咲", address: "misaki@suzuki.example.net" },
    ],
    topics: ["会議の日程について", "お見積りの件", "資料を送ります", "来週の予定"],
    sentences: [
      "いつもお世話になっております。",
      "先日の会議の資料をお送りしますので、ご確認ください。",
      "来週の水曜日の午後は空いていますか。",
      "お見積りの金額に変更がありましたので、改めてご連絡いたします。",
      "テスト環境では問題なく動作しました。",
      "ご不明な点がございましたら、お知らせください。",
      "よろしくお願いいたします。",
    ],
  },
  {
    language: "ru",
    charsets: ["koi8-r", "utf-8"],
    people: [
      { name: "Анна Петрова", address: "anna.petrova@example.org" },
      { name: "Игорь Смирнов", address: "smirnov@example.net" },
    ],
    topics: ["Протокол встречи", "Счёт за второй квартал", "Вопрос по договору", "Планы на неделю"],
    sentences: [
      "Спасибо за быстрый ответ, теперь всё понятно.",
      "Пожалуйста, проверьте цифры во втором разделе до пятницы.",
      "Поставка задерживается на два дня, поэтому мы перенесли встречу.",
      "Я приложил исправленный вариант договора с учётом ваших замечаний.",
      "На тестовом сервере ошибок не обнаружено.",
      "Если есть вопросы, звоните мне в любое время после обеда.",
      "Хороших выходных и до понедельника!",
    ],
  },
  {
    language: "zh",
    charsets: ["gb18030", "utf-8"],
    people: [
      { name: "王小明", address: "xiaoming.wang@example.com" },
      { name: "李娜", address: "li.na@example.org" },
    ],
    topics: ["会议纪要", "第二季度发票", "合同修改意见", "下周的安排"],
    sentences: [
      "感谢您的快速回复，这样就清楚多了。",
      "请在星期五之前核对第二部分的数字。",
      "供货推迟了两天，所以我们把会议改到下周二。",
      "附件是修改后的合同，已经按照您的意见调整。",
      "测试系统运行正常，没有发现错误。",
      "如果有任何问题，请随时与我联系。",
      "祝您周末愉快！",
    ],
  },
];

/** Senders that no person answers: what fills the categories of an inbox. */
export const machines: readonly Person[] = [
  { name: "Northwind Weekly", address: "news@northwind.example.com" },
  { name: "Build Server", address: "builds@ci.example.net" },
  { name: "Harbour Bank", address: "no-reply@harbourbank.example.com" },
  { name: "Circle", address: "notify@circle.example.org" },
  { name: "Fern & Co. Shop", address: "offers@fern.example.net" },
];
