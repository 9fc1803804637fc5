//! All that is known of one person, as one JSON document, for that person.
//!
//! The rule: what the ledger knows comes first, as of one moment; then all receipts of the person's ids, newest first, page by page, so
//! that a long history needs little memory. What would defeat it: an error half-way that looks like an end; the document is
//! complete only with its last brace.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    personal::{MOST, Wanted},
    table::Table,
};
use crate::{
    ledger::{Ledger, LedgerError},
    subject::Subject,
};

/// A download under way.
pub struct Download {
    head: Option<String>,
    table: Option<Table>,
    references: Vec<String>,
    before: Option<String>,
    is_first: bool,
    is_done: bool,
}

impl Download {
    /// Begins one, with what else there is to say. Whether receipts are kept in the database decides whether they are part of it.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer.
    pub async fn of(
        ledger: &Ledger,
        subject: &Subject,
        receipts_in_database: bool,
        besides: Map<String, Value>,
    ) -> Result<Self, LedgerError> {
        let dossier = ledger.dossier(subject).await?;
        let references = dossier.ids.iter().map(|id| id.reference.clone()).collect();
        let mut head = Map::from_iter([
            ("made_at".to_owned(), json!(Timestamp::now())),
            ("subject".to_owned(), json!({"namespace": subject.namespace(), "id": subject.id()})),
        ]);
        head.extend(besides);
        head.insert("ledger".to_owned(), json!(dossier));
        head.insert("receipts_in_database".to_owned(), json!(receipts_in_database));
        let head = Value::Object(head).to_string();
        let head = head.strip_suffix('}').unwrap_or(&head); // the receipts are its last member
        Ok(Self {
            head: Some(format!("{head},\"receipts\":[")),
            table: receipts_in_database.then(|| Table::of(ledger)),
            references,
            before: None,
            is_first: true,
            is_done: false,
        })
    }

    /// The next piece of the document; none after its end.
    ///
    /// # Errors
    /// [`LedgerError::Unreachable`] when the database does not answer; what was handed out before is then not a whole document.
    pub async fn next(&mut self) -> Result<Option<String>, LedgerError> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        if self.is_done {
            return Ok(None);
        }
        let page = self.page().await?;
        let last = page.last().and_then(|receipt| receipt.get("exchange")).and_then(Value::as_str);
        let Some(last) = last else {
            self.is_done = true;
            return Ok(Some("]}\n".to_owned()));
        };
        self.before = Some(last.to_owned());
        let texts: Vec<String> = page.iter().map(Value::to_string).collect();
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        Ok(Some(format!("{comma}{}", texts.join(","))))
    }

    async fn page(&self) -> Result<Vec<Value>, LedgerError> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        let wanted = Wanted { before: self.before.clone(), limit: MOST, ..Wanted::default() };
        table.of_person(&self.references, &wanted.bounds()).await
    }
}
