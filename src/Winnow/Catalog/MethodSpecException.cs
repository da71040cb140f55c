namespace Winnow.Catalog;

/// <summary>A method spec can't be used. The message states the value, the rule, the place and a remedy, fit to be shown to a person.</summary>
public sealed class MethodSpecException : Exception
{
    /// <summary>An exception with that message.</summary>
    public MethodSpecException(string message) : base(message) { }
}
