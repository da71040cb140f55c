namespace Winnow.Data;

/// <summary>Data that another setting of <see cref="DataOptions"/> would make usable, or a setting that doesn't go with the data.</summary>
public sealed class DataOptionException : DataException
{
    /// <summary>An error whose message names a setting.</summary>
    /// <param name="before">The message up to the setting's name.</param>
    /// <param name="setting">A property of <see cref="DataOptions"/>.</param>
    /// <param name="after">The rest of the message.</param>
    public DataOptionException(string before, string setting, string after)
        : base(before + setting + after) => (Before, Setting, After) = (before, setting, after);

    /// <summary>The message up to the setting's name.</summary>
    public string Before { get; }

    /// <summary>The property of <see cref="DataOptions"/>; a program that calls it something else puts its own name here.</summary>
    public string Setting { get; }

    /// <summary>The rest of the message.</summary>
    public string After { get; }
}
