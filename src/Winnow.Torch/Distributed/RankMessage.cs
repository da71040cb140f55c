using System.Globalization;
using System.Text;

namespace Winnow.Torch.Distributed;

/// <summary>What ranks say to each other beside gloo's exchanges: a word and fields, one line of UTF-8, fields parted by U+001F.</summary>
internal static class RankMessage
{
    /// <summary>A rank introduces itself: protocol version, rank, size, process, where it listens for the others, and what has to agree.</summary>
    public const string Hello = "winnow-rank";

    /// <summary>Rank 0 has met all: its name, and where the others listen for the receiver.</summary>
    public const string Welcome = "welcome";

    /// <summary>Rank 0 doesn't take this rank: why.</summary>
    public const string Refused = "refused";

    /// <summary>Still there: how many exchanges were begun, and the last of them.</summary>
    public const string Alive = "alive";

    /// <summary>The sender can't go on: why.</summary>
    public const string Failed = "failed";

    /// <summary>Rank 0 has given up a rank: which, and why.</summary>
    public const string Lost = "lost";

    /// <summary>The sender's work is done, and its connection will close.</summary>
    public const string Done = "done";

    private const char Separator = '\u001f';

    // Room for the addresses of some thousand ranks.
    private const int Longest = 1 << 20;

    /// <summary>One line.</summary>
    public static byte[] Encode(string word, params ReadOnlySpan<string> fields)
    {
        var text = new StringBuilder(word);
        foreach (var field in fields)
        {
            text.Append(Separator).Append(field.Replace('\n', ' ').Replace('\r', ' ').Replace(Separator, ' '));
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>Reads one line: a word and its fields; null at the end of the stream.</summary>
    /// <exception cref="IOException">Nothing came within the stream's limit, the connection broke, or the line is no line of ours.</exception>
    public static string[]? Read(Stream stream)
    {
        var line = new List<byte>();
        for (var next = stream.ReadByte(); next != '\n'; next = stream.ReadByte())
        {
            if (next < 0)
            {
                return null;
            }

            line.Add((byte)next);
            if (line.Count > Longest)
            {
                throw new IOException("a line without an end");
            }
        }

        return Encoding.UTF8.GetString([.. line]).Split(Separator);
    }

    /// <summary>A field as a number; -1 when it is none.</summary>
    public static long Number(string[] message, int field) =>
        field < message.Length && long.TryParse(message[field], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    /// <summary>Addresses as a field.</summary>
    public static string Addresses(IEnumerable<byte[]> addresses) => string.Join(' ', addresses.Select(Convert.ToBase64String));

    /// <summary>A field as addresses; null when it is none, or holds another number of them.</summary>
    public static byte[][]? Addresses(string field, int count)
    {
        try
        {
            var addresses = field.Split(' ').Select(Convert.FromBase64String).ToArray();
            return addresses.Length == count ? addresses : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
