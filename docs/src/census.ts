/**
 * Every parameter of Twilio's REST API that takes the URL of a callback, or says how one is called, and where it leads. The
 * parameters are those of https://github.com/twilio/twilio-oai (MIT), as they stand in `census.tsv`.
 */
import { readFileSync } from 'node:fs';

export interface Parameter {
  /** The file of Twilio's OpenAPI, such as `api_v2010`. */
  readonly spec: string;
  readonly operation: string;
  readonly parameter: string;
}

/** A feed of this agent; a question to the application, which must never lead here; or a callback that is not counted. */
export type Verdict = { readonly feed: string } | { readonly control: string } | { readonly not: string };

export interface Judgement {
  readonly spec?: RegExp;
  readonly operation?: RegExp;
  readonly parameter: RegExp;
  readonly is: Verdict;
}

const feed = (name: string): Verdict => ({ feed: name });
const control = (asks: string): Verdict => ({ control: asks });
const not = (why: string): Verdict => ({ not: why });

const TWIML = control('asks for TwiML: what the call or the message is to do');
const CHAT = /^(?:chat|ip_messaging)_/;
const WIRELESS = /^(?:wireless|supersim)_|^preview$/;

/** The first that fits a parameter judges it. */
export const JUDGEMENTS: readonly Judgement[] = [
  // Questions.
  {
    spec: /^conversations_/,
    parameter: /^PreWebhookUrl$/,
    is: control('asks whether a message or a participant is let in'),
  },
  {
    spec: CHAT,
    parameter: /^PreWebhook|^Webhooks\.On\w+(?:Send|Update|Remove|Add|Destroy)\./,
    is: control('asks whether a message is let in'),
  },
  { parameter: /^Assignment|^FallbackAssignment/, is: control('asks which worker takes the task') },
  { spec: /^proxy_/, parameter: /^(?:Intercept|OutOfSession)/, is: control('asks whether an interaction goes on') },
  { operation: /^CreateStream$/, parameter: /^Url$/, is: not('a WebSocket, to which the audio is sent') },
  {
    operation: /DomainConfig$/,
    parameter: /^(?:FallbackUrl|CallbackUrl)$/,
    is: not('clicks on shortened links, and the page that they lead to: Event Streams tells of clicks'),
  },
  { spec: /^taskrouter_/, parameter: /^(?:CallUrl|RedirectUrl|WaitUrl)$/, is: TWIML },
  { spec: /^messaging_/, parameter: /^(?:FallbackUrl|InboundRequestUrl|UseInboundWebhookOnNumber)$/, is: TWIML },
  { parameter: /^(?:Voice|Sms)(?:Fallback)?Url$|^sms(?:Fallback)?Url$/, is: TWIML },
  { spec: /^api_/, parameter: /^(?:Url|FallbackUrl|AnnounceUrl|HoldUrl|WaitUrl)$/, is: TWIML },
  { parameter: /^DisasterRecoveryUrl$/, is: TWIML },
  // Messages, calls, and what happens during calls.
  { spec: /^api_/, operation: /^CreateMessage$/, parameter: /^StatusCallback/, is: feed('message') },
  { spec: /^messaging_v1$/, parameter: /^StatusCallback/, is: feed('message') },
  {
    spec: /^messaging_v2$/,
    parameter: /^webhook$/,
    is: not(
      'one object of several URLs: its `status_callback_url` takes `/webhooks/message`, and its `callback_url` asks what to answer',
    ),
  },
  { spec: /^api_/, parameter: /^(?:Sms|Message)StatusCallback$/, is: feed('message') },
  { parameter: /RecordingStatusCallback/, is: feed('recording') },
  { parameter: /^ConferenceStatusCallback/, is: feed('conference') },
  { parameter: /^(?:Async)?AmdStatusCallback/, is: feed('amd') },
  { operation: /Transcription$/, parameter: /^StatusCallback(?:Url|Method)$/, is: feed('transcription') },
  { operation: /Payments$/, parameter: /^StatusCallback/, is: feed('pay') },
  { operation: /Siprec$/, parameter: /^StatusCallback/, is: feed('siprec') },
  { operation: /Stream$/, parameter: /^StatusCallback/, is: feed('stream') },
  { operation: /ValidationRequest$/, parameter: /^StatusCallback/, is: not('a number is validated once in its life') },
  {
    spec: /^(?:api|taskrouter)_/,
    parameter: /^(?:Voice|Dequeue|Call)?StatusCallback(?:Url|Method|Event)?$/,
    is: feed('call'),
  },
  { spec: /^voice_/, parameter: /^StatusCallback/, is: feed('call') },
  // Other products.
  { operation: /UsageTrigger$/, parameter: /^Callback/, is: feed('usage-trigger') },
  { spec: /^taskrouter_/, parameter: /^EventCallbackUrl$/, is: feed('taskrouter') },
  { spec: /^video_/, parameter: /^StatusCallback/, is: feed('video') },
  { spec: /^video_/, parameter: /^AwsS3Url$/, is: not('where recordings are stored: Twilio calls nobody there') },
  {
    spec: /^conversations_/,
    parameter: /^(?:PostWebhookUrl|Configuration\.Url|AutoCreation\.Webhook\w+)$/,
    is: feed('conversations'),
  },
  { spec: /^sync_/, parameter: /Webhook/, is: feed('sync') },
  { spec: /^intelligence_/, parameter: /^Webhook/, is: feed('intelligence') },
  { spec: /^numbers_/, operation: /Bundle$/, parameter: /^StatusCallback$/, is: feed('bundle') },
  { spec: /^trusthub_/, parameter: /^StatusCallback$/, is: feed('bundle') },
  // Callbacks that nobody counts here.
  {
    spec: /^trusthub_|^numbers_|^preview$/,
    parameter: /^[Ss]tatusCallback/,
    is: not('Twilio does not say what is sent'),
  },
  { spec: CHAT, parameter: /./, is: not('Programmable Chat has ended: Conversations took its place') },
  {
    spec: WIRELESS,
    parameter: /./,
    is: not('commands and states of SIM cards: few events, and Event Streams tells of them'),
  },
  { spec: /^proxy_/, parameter: /^CallbackUrl$/, is: not('Proxy is closed to new customers') },
  { spec: /^notify_/, parameter: /./, is: not('Notify has ended') },
  {
    spec: /^verify_/,
    parameter: /^WebhookUrl$/,
    is: not('factors of Verify Push: Event Streams tells of verifications'),
  },
  { spec: /^bulkexports_/, parameter: /./, is: not('that an export is ready, once a day') },
  { spec: /^monitor_/, parameter: /./, is: not('an alarm of Twilio’s own, which is one already') },
  { spec: /^assistants_/, parameter: /./, is: not('the answer of an assistant, which the application waits for') },
  { spec: /^flex_/, parameter: /^Integration\.Url$/, is: not('the application behind a Flex flow, not a status') },
  {
    spec: /^flex_/,
    parameter: /^WebhookTtid$/,
    is: not('the ID of a webhook of one interaction: Twilio does not say what is sent'),
  },
  { spec: /^flex_/, parameter: /^PluginUrl$/, is: not('where Flex loads a plugin from: Twilio tells nobody anything') },
  { spec: /^trunking_/, parameter: /^SipUrl$/, is: not('a SIP address, which is called and not notified') },
  {
    spec: /^api_/,
    operation: /ConnectApp$/,
    parameter: /./,
    is: not('pages for people, and who revoked a Connect App'),
  },
  {
    spec: /^api_/,
    parameter: /^(?:ClientNotificationUrl|Callback)$/,
    is: not('messages between an application and its Voice SDK'),
  },
];

export const PARAMETERS: readonly Parameter[] = readFileSync(new URL('census.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [spec = '', operation = '', parameter = ''] = line.split('\t');
    return { spec, operation, parameter };
  });

/** What judges a parameter. */
export const judgementOf = ({ spec, operation, parameter }: Parameter): Judgement | undefined =>
  JUDGEMENTS.find(
    (each) =>
      (each.spec?.test(spec) ?? true) && (each.operation?.test(operation) ?? true) && each.parameter.test(parameter),
  );
