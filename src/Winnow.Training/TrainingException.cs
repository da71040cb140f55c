namespace Winnow.Training;

/// <summary>A training run that cannot start because of what was asked of it: the message states the value, the rule and the remedy.</summary>
public sealed class RecipeException : ArgumentException
{
    /// <param name="message">What is wrong, as one or more sentences.</param>
    public RecipeException(string message)
        : base(message) => Told = message;

    private RecipeException(string setting, string told)
        : base($"{setting} {told}") => (Setting, Told) = (setting, told);

    /// <summary>The setting that is wrong, by its property's name, with which the message begins; null where it isn't one alone. Whoever shows it may call it otherwise.</summary>
    public string? Setting { get; }

    /// <summary>The message without the setting's name: its value, the rule and the remedy.</summary>
    public string Told { get; }

    /// <summary>A setting has a value that it can't have.</summary>
    /// <param name="setting">The property's name.</param>
    /// <param name="told">Its value, the rule and the remedy.</param>
    public static RecipeException Of(string setting, string told) => new(setting, told);
}

/// <summary>A training run that failed while it was running, such as a loss that became non-finite.</summary>
public sealed class TrainingFailedException(string message, Exception? inner = null) : Exception(message, inner);
