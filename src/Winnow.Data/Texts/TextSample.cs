namespace Winnow.Data.Texts;

/// <summary>A text to be learned.</summary>
/// <param name="Prompt">What it is the answer to, which is read and not predicted; null for plain text.</param>
/// <param name="Text">The answer, or the plain text: never empty.</param>
public readonly record struct TextSample(string? Prompt, string Text)
{
    /// <summary>What says on which side of a division a text stands: its prompt where it has one, so that no question stands on both sides.</summary>
    internal string Key => Prompt ?? Text;
}
