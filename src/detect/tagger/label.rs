//! What a token can belong to.

/// A part of a text, and whether a token begins it or goes on with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Label {
    /// None of these.
    #[default]
    Other,
    Person,
    PersonOn,
    Location,
    LocationOn,
    Address,
    AddressOn,
    /// An organisation: not sought, but what is one is neither a person nor a place.
    Organisation,
    OrganisationOn,
    /// Decided by rules and not by the model.
    Date,
    DateOn,
    /// A word for somebody or something from a country; of one token.
    Nationality,
}

impl Label {
    /// Those that the model chooses from, in the order of its weights.
    pub const CHOICES: [Self; 9] = [
        Self::Other,
        Self::Person,
        Self::PersonOn,
        Self::Location,
        Self::LocationOn,
        Self::Address,
        Self::AddressOn,
        Self::Organisation,
        Self::OrganisationOn,
    ];

    /// Whether it goes on with what the token before it belongs to.
    pub fn goes_on(self) -> bool {
        match self {
            Self::PersonOn | Self::LocationOn | Self::AddressOn | Self::OrganisationOn | Self::DateOn => true,
            Self::Other | Self::Person | Self::Location | Self::Address | Self::Organisation => false,
            Self::Date | Self::Nationality => false,
        }
    }

    /// Whether it may stand after another.
    pub fn may_follow(self, last: Self) -> bool {
        !self.goes_on() || last.part() == self.part()
    }

    /// The label with which such a part begins.
    pub fn part(self) -> Self {
        match self {
            Self::Other => Self::Other,
            Self::Person | Self::PersonOn => Self::Person,
            Self::Location | Self::LocationOn => Self::Location,
            Self::Address | Self::AddressOn => Self::Address,
            Self::Organisation | Self::OrganisationOn => Self::Organisation,
            Self::Date | Self::DateOn => Self::Date,
            Self::Nationality => Self::Nationality,
        }
    }
}
