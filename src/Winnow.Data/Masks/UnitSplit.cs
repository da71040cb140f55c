using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Masks;

/// <summary>
/// Divides samples into what is trained and what is tested on, so that what shows the same thing never stands on both sides: samples of one unit (the frames of one figure, say), and
/// samples with the same content, go together, and so does whatever is linked by a chain of those.
/// </summary>
internal static class UnitSplit
{
    private static readonly SearchValues<char> s_ends = SearchValues.Create("-+_. 0123456789");

    /// <summary>
    /// The unit that a picture belongs to, by its name: the folder, and the name up to the first character that begins a number or another part (a digit, a space, or one of - + _ .).
    /// <c>elves/archer-bow-attack-2.png</c> and <c>elves/archer+female.png</c> are of the unit <c>elves/archer</c>. A name that begins with such a character is a unit of its own.
    /// </summary>
    /// <param name="name">Path below the folder of the data set, with '/'.</param>
    public static string UnitOf(string name)
    {
        var from = name.LastIndexOf('/') + 1;
        var length = name.AsSpan(from).IndexOfAny(s_ends);
        return length > 0 ? name[..(from + length)] : name;
    }

    /// <summary>A hash of a sample's bytes: equal for equal ones.</summary>
    public static UInt128 ContentOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(bytes));

    /// <summary>Which samples are trained and which are tested on, both in ascending order.</summary>
    /// <remarks>
    /// Groups are gone through in the order of a hash of their name. A group is held out as long as no class in it then has more than its share held out. A class of which no group was so small
    /// gives the smallest one that leaves something of each of its classes to train on, if there is one.
    /// </remarks>
    /// <param name="units">A sample's unit.</param>
    /// <param name="contents">A hash of its content.</param>
    /// <param name="labels">Its class.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="share">The share of each class that is held out, in (0, 1).</param>
    public static (int[] Kept, int[] Held) Divide(IReadOnlyList<string> units, IReadOnlyList<UInt128> contents, IReadOnlyList<int> labels, int classes, double share)
    {
        var groups = Groups(units, contents);
        int[] counts = new int[classes], held = new int[classes];
        foreach (var label in labels)
        {
            counts[label]++;
        }

        var chosen = new HashSet<int>();
        for (var g = 0; g < groups.Count; g++)
        {
            if (Fits(g, label => Math.Round(share * counts[label], MidpointRounding.AwayFromZero)))
            {
                Take(g);
            }
        }

        for (var label = 0; label < classes; label++)
        {
            int[] small = held[label] > 0 ? [] : [.. Enumerable.Range(0, groups.Count).Where(g => groups[g].Any(id => labels[id] == label) && Fits(g, other => counts[other] - 1))];
            if (small.Length > 0)
            {
                Take(small.MinBy(g => groups[g].Count));
            }
        }

        var tested = chosen.SelectMany(g => groups[g]).ToHashSet();
        return ([.. Enumerable.Range(0, units.Count).Where(id => !tested.Contains(id))], [.. tested.Order()]);

        bool Fits(int group, Func<int, double> most) => groups[group].CountBy(id => labels[id]).All(pair => held[pair.Key] + pair.Value <= most(pair.Key));

        void Take(int group)
        {
            chosen.Add(group);
            foreach (var id in groups[group])
            {
                held[labels[id]]++;
            }
        }
    }

    /// <summary>Samples that belong together, in the order of a hash of the first of their units' names.</summary>
    internal static IReadOnlyList<IReadOnlyList<int>> Groups(IReadOnlyList<string> units, IReadOnlyList<UInt128> contents)
    {
        var above = new int[units.Count];
        var (byUnit, byContent) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<UInt128, int>());
        for (var id = 0; id < above.Length; id++)
        {
            above[id] = id;
            Link(id, Seen(byUnit, units[id], id));
            Link(id, Seen(byContent, contents[id], id));
        }

        return [.. Enumerable.Range(0, above.Length).GroupBy(Top).Select(static group => (IReadOnlyList<int>)[.. group])
            .OrderBy(group => ContentOf(Encoding.UTF8.GetBytes(group.Select(id => units[id]).Min(StringComparer.Ordinal)!)))];

        static int Seen<T>(Dictionary<T, int> first, T key, int id)
            where T : notnull => first.TryAdd(key, id) ? id : first[key];

        int Top(int id)
        {
            while (above[id] != id)
            {
                (above[id], id) = (above[above[id]], above[id]);
            }

            return id;
        }

        void Link(int one, int other) => above[Top(one)] = Top(other);
    }
}
