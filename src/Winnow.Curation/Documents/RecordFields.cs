namespace Winnow.Curation.Documents;

/// <summary>What of a record is looked at.</summary>
/// <param name="Text">The field that holds the text.</param>
public sealed record RecordFields(string Text = "text")
{
    /// <summary>The field that holds the record's name, a text or a number; null for file and row.</summary>
    public string? Id { get; init; }

    /// <summary>A field that holds a number, such as a score; null for none.</summary>
    public string? Number { get; init; }

    /// <summary>A field that says where the record is from; null for the shard's name.</summary>
    public string? Source { get; init; }
}
