//! The keys about the operator's name, words, look and legal texts.

use earnest_app::legal::Texts;
use earnest_web::look::{Accent, Colour, Logo};

use super::Brand;
use super::check::{path, words};
use super::sources::Sources;

impl Sources {
    pub(super) fn brand(&mut self) -> Option<Brand> {
        let name = self.value("brand.name", |text| {
            words(text, 60).filter(|name| !name.is_empty())
        });
        let footer = self.value("brand.footer", |text| words(text, 200));
        let disclosure = self.value("brand.disclosure", |text| words(text, 300));
        let accent = self.accent();
        let logo = self.logo();
        let (name, footer, accent, logo) = (name?, footer?, accent?, logo?);
        let disclosure = disclosure
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| usual_disclosure(&name));
        Some(Brand {
            name,
            footer,
            disclosure,
            accent,
            logo,
        })
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn accent(&mut self) -> Option<Option<Accent>> {
        let light = self.optional("brand.accent", Colour::read);
        let dark = self.optional("brand.accent_dark", Colour::read);
        let (at, made) = match (light?, dark?) {
            (None, None) => return Some(None),
            (Some(light), dark) => ("brand.accent", Accent::new(light, dark)),
            (None, Some(_)) => (
                "brand.accent_dark",
                Err("it needs brand.accent beside it".to_owned()),
            ),
        };
        self.made(at, made)
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn logo(&mut self) -> Option<Option<Logo>> {
        let Some(path) = self.optional("brand.logo", path)? else {
            return Some(None);
        };
        let read =
            std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
        self.made("brand.logo", read.and_then(Logo::read))
    }

    pub(super) fn legal(&mut self) -> Option<Texts> {
        let folder = self.optional("legal.folder", |text| path(text).filter(|path| path.is_dir()))?;
        let Some(folder) = folder else {
            return Some(Texts::default());
        };
        let read = Texts::read(&folder).map_err(|error| error.to_string());
        self.made("legal.folder", read)?
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn made<T>(&mut self, name: &str, made: Result<T, String>) -> Option<Option<T>> {
        match made {
            Ok(value) => Some(Some(value)),
            Err(why) => {
                let origin = self.origin(name);
                self.mistake(origin, format!("{name}: {why}"));
                None
            }
        }
    }
}

fn usual_disclosure(name: &str) -> String {
    format!("{name} earns when you hire, whichever technology you choose. No score takes input from that.")
}
