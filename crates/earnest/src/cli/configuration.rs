//! `earnest config`: is it right, and where does each value come from.

use clap::Subcommand;

use super::Settings;

/// Two ways to look at the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Configuration {
    /// Report all mistakes at once, each with its place.
    #[command(after_help = "Example:\n  earnest config check --config /etc/earnest.toml")]
    Check,
    /// Print every key with its value and where it came from; secrets as ***.
    #[command(after_help = "Example:\n  EARNEST_LISTEN=[::]:80 earnest config show")]
    Show,
}

pub(crate) fn run(settings: &Settings, asked: &Configuration) -> anyhow::Result<()> {
    if matches!(asked, Configuration::Show) {
        for (key, text, origin) in settings.sources()?.shown() {
            let text = if text.is_empty() {
                "(not set)".to_owned()
            } else {
                text
            };
            println!("{:<18} {text:<34} {origin}", key.name);
        }
    }
    settings.read()?;
    if matches!(asked, Configuration::Check) {
        println!("The configuration is right.");
    }
    Ok(())
}
