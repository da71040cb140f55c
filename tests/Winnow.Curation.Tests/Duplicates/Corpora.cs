using System.Text;
using System.Text.Json;

namespace Winnow.Curation.Tests.Duplicates;

/// <summary>Corpora for tests of duplicates: words drawn, and copies of them with some words changed.</summary>
internal static class Corpora
{
    /// <summary>Draws texts; about half of them are earlier ones with a share of their words changed, some with none.</summary>
    public static string[] Draw(int count, int seed, int words = 60)
    {
        var random = new Random(seed);
        var texts = new List<string>();
        for (var i = 0; i < count; i++)
        {
            if (i < 3 || random.Next(2) == 0)
            {
                texts.Add(string.Join(' ', Enumerable.Range(0, random.Next(words / 2, words)).Select(_ => $"w{random.Next(5000)}")));
                continue;
            }

            var edits = random.Next(4);
            var copy = texts[random.Next(texts.Count)].Split(' ');
            for (var k = 0; k < edits; k++)
            {
                copy[random.Next(copy.Length)] = $"w{random.Next(5000)}";
            }

            texts.Add(string.Join(' ', copy));
        }

        return [.. texts];
    }

    /// <summary>Writes texts as JSON lines, a record's id its place.</summary>
    public static string Write(string path, IEnumerable<string> texts, int first = 0)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, texts.Select((text, i) => JsonSerializer.Serialize(new Dictionary<string, object> { ["id"] = first + i, ["text"] = text })));
        return path;
    }

    /// <summary>The ids of the records that a folder keeps, in the order of its files.</summary>
    public static int[] Kept(string folder) => [.. Directory.GetFiles(Path.Combine(folder, "kept"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .SelectMany(File.ReadLines).Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt32())];

    /// <summary>The lines of the evidence.</summary>
    public static JsonElement[] Removed(string folder) => [.. File.ReadLines(Path.Combine(folder, "removed.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Every file of a result but what lies in its hidden folder, by name and content.</summary>
    public static string Content(string folder)
    {
        var content = new StringBuilder();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(static file => !file.Contains("/.winnow/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            content.Append(Path.GetRelativePath(folder, file)).Append('\n').Append(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))).Append('\n');
        }

        return content.ToString();
    }
}
