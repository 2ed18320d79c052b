import express from 'express';
import twilio from 'twilio';

// An application as Twilio's documentation has it: its own check of the signature, from what a proxy in front tells it.
const app = express();
app.set('trust proxy', true);
app.use(express.urlencoded({ extended: false }));
app.use(twilio.webhook());
app.use((req, res) => {
  res.type('text/xml').send(`<Response><!-- ${req.method} ${Object.keys(req.body ?? req.query).length} --></Response>`);
});
app.listen(Number(process.env.PORT), '127.0.0.1');
