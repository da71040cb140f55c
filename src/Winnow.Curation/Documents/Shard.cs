namespace Winnow.Curation.Documents;

/// <summary>What is worked on as one: an input file, or the plain texts of one folder.</summary>
/// <param name="Index">Its place among the shards, from 0.</param>
/// <param name="Name">Where it lies below the inputs, with <c>/</c>; what is made of it lies at the same place below the output.</param>
/// <param name="Format">How its records are written.</param>
/// <param name="Files">Its files; one, but for a folder of plain texts.</param>
/// <param name="Bytes">What they take on the disk.</param>
public sealed record Shard(int Index, string Name, RecordFormat Format, IReadOnlyList<string> Files, long Bytes)
{
    /// <summary>The name of what is written of its records: JSON lines, packed as the input is.</summary>
    public string OutputName => Format == RecordFormat.PlainText ? $"{Name}.jsonl" : Name;
}
