using Winnow.Samples;

namespace Winnow.Tests.Samples;

public class SampleTableTests
{
    [Fact]
    public void Begins_with_never_seen_samples_at_the_initial_values()
    {
        var table = new SampleTable(5, [Column.Loss, new Column("votes", 2f, Merge.Sum)]);
        Assert.All(table.Flags.ToArray(), static f => Assert.Equal(SampleFlags.None, f));
        Assert.All(table[Column.Loss].ToArray(), static v => Assert.Equal(0f, v));
        Assert.All(table[new Column("votes")].ToArray(), static v => Assert.Equal(2f, v));
        Assert.Equal((0L, 0L, 5), (table.SeenCount, table.NonFiniteCount, table.Count));
        Assert.True(table.Has("votes"));
        Assert.False(table.Has("Votes"));
        Assert.Equal(0, new SampleTable(0, []).Count);
    }

    [Fact]
    public void Lists_the_declared_columns_when_asked_for_another()
    {
        var error = Assert.Throws<KeyNotFoundException>(() => { _ = new SampleTable(1, [Column.Loss, new("votes")])[new Column("score")].Length; });
        Assert.Contains("no column \"score\"; declared: loss, votes", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<KeyNotFoundException>(() => { _ = new SampleTable(1, [])[Column.Loss].Length; });
        Assert.Contains("declares none", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Marks_what_was_seen_and_what_was_not_finite_until_a_finite_loss_comes()
    {
        var table = new SampleTable(5, []);
        Assert.Equal(2, table.Mark(new BatchSignals { Ids = [0, 1, 3], Losses = [1f, float.NaN, float.PositiveInfinity] }));
        Assert.Equal([SampleFlags.Seen, SampleFlags.Seen | SampleFlags.NonFinite, SampleFlags.None, SampleFlags.Seen | SampleFlags.NonFinite, SampleFlags.None], table.Flags.ToArray());
        Assert.Equal((3L, 2L), (table.SeenCount, table.NonFiniteCount));
        Assert.Equal(0, table.Mark(new BatchSignals { Ids = [1], Losses = [2f] }));
        Assert.Equal((3L, 1L), (table.SeenCount, table.NonFiniteCount));
    }

    [Fact]
    public void Refuses_two_columns_of_one_name_and_a_negative_count()
    {
        Assert.Contains("\"loss\" is declared twice", Assert.Throws<ArgumentException>(() => new SampleTable(1, [Column.Loss, new("loss", 1f)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleTable(-1, []));
    }
}
