using System.Globalization;

namespace Winnow.Geometry;

/// <summary>The memory that a computation takes for itself, beside the embeddings: asked for before the work, so that nothing ends halfway.</summary>
internal static class WorkingMemory
{
    /// <summary>What may be used where the caller didn't say: half of what this process may have.</summary>
    public static long Default => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>Refuses what doesn't fit.</summary>
    /// <param name="needed">Bytes that the work would take.</param>
    /// <param name="allowed">Bytes that it may take; null for the default.</param>
    /// <param name="work">What it is, such as "10 neighbours of 1000000 rows".</param>
    /// <param name="fits">What would fit into so many bytes, and how to get there: a clause.</param>
    /// <exception cref="WorkingMemoryException">More is needed than allowed.</exception>
    public static void Require(double needed, long? allowed, string work, Func<long, string> fits)
    {
        var most = allowed ?? Default;
        if (needed > most)
        {
            throw new WorkingMemoryException($"{work} take {Describe(needed)} of working memory and {Describe(most)} may be used; {fits(most)}", needed, most);
        }
    }

    /// <summary>Bytes in words.</summary>
    public static string Describe(double bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return $"{bytes.ToString(unit == 0 ? "0" : "0.##", CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
