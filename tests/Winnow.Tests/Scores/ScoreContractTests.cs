using Winnow.Checkpoints;
using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Tests.Scores;

/// <summary>What holds for every score in the catalogue, a new one included.</summary>
public class ScoreContractTests
{
    private static readonly Dynamics s_dynamics = new(count: 101, classes: 4, epochs: 13);

    /// <summary>Each score with defaults, with each word of its choices, and with small numbers.</summary>
    public static TheoryData<string> Specs()
    {
        var specs = new TheoryData<string>();
        foreach (var method in ScoreCatalog.All)
        {
            specs.Add(method.Name);
            foreach (var parameter in method.Parameters)
            {
                for (var word = 0; word < parameter.Choices.Count; word++)
                {
                    specs.Add($"{method.Name}:{parameter.Name}={parameter.Choices[word]}");
                }

                if (parameter.Choices.Count == 0)
                {
                    specs.Add($"{method.Name}:{parameter.Name}={Math.Max(3, parameter.Min)}");
                }
            }
        }

        return specs;
    }

    [Theory, MemberData(nameof(Specs))]
    public void Has_one_canonical_text(string spec)
    {
        var canonical = ScoreCatalog.Canonical(spec);
        Assert.Equal(canonical, ScoreCatalog.Canonical(canonical));
        Assert.Equal(canonical, ScoreCatalog.Parse(spec).ToString());
        Assert.Equal(ScoreCatalog.Parse(spec), ScoreCatalog.Parse(canonical));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Gives_every_sample_a_number_that_no_order_of_the_samples_changes(string spec)
    {
        var scores = s_dynamics.Run(spec);
        Assert.All(scores, static score => Assert.False(float.IsNaN(score)));
        Assert.Equal(scores, s_dynamics.Run(spec, batch: 1));
        Assert.Equal(scores, s_dynamics.Run(spec, batch: s_dynamics.Count));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Moves_with_the_samples_when_their_ids_are_permuted(string spec)
    {
        var places = s_dynamics.Order(99);
        var scores = new ScoreSet(s_dynamics.Count, [ScoreCatalog.Parse(spec)], s_dynamics.Epochs);
        for (var epoch = 0; epoch < s_dynamics.Epochs; epoch++)
        {
            Tell(scores.All[0], epoch, [.. Enumerable.Range(0, s_dynamics.Count)], id => places[id]);
        }

        var plain = s_dynamics.Run(spec);
        var moved = scores.Results()[0].Values.ToArray();
        Assert.Equal(plain, Array.ConvertAll(places, place => moved[place]));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Goes_on_from_a_checkpoint_of_any_moment_to_the_same_bits(string spec)
    {
        var whole = s_dynamics.Run(spec);
        foreach (var moment in new[] { 0, 1, 5, 12 })
        {
            var scores = Two(spec);
            for (var epoch = 0; epoch < s_dynamics.Epochs; epoch++)
            {
                var order = s_dynamics.Order(epoch);
                s_dynamics.Tell(scores.All[0], epoch, order[..40]);
                if (epoch == moment)
                {
                    scores = Saved(scores, spec);
                }

                s_dynamics.Tell(scores.All[0], epoch, order[40..]);
                s_dynamics.Tell(scores.All[1], epoch, order);
            }

            Assert.Equal(whole, scores.Results()[0].Values.ToArray());
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Is_the_same_where_several_threads_tell_it_of_different_samples(string spec)
    {
        var scores = new ScoreSet(s_dynamics.Count, [ScoreCatalog.Parse(spec)], s_dynamics.Epochs);
        for (var epoch = 0; epoch < s_dynamics.Epochs; epoch++)
        {
            Parallel.ForEach(s_dynamics.Order(epoch).Chunk(9), ids => s_dynamics.Tell(scores.All[0], epoch, ids));
        }

        Assert.Equal(s_dynamics.Run(spec), scores.Results()[0].Values.ToArray());
    }

    [Theory, MemberData(nameof(Specs))]
    public void Names_the_sample_of_which_it_was_told_nothing_or_no_number(string spec)
    {
        foreach (var told in new[] { false, true })
        {
            var scores = new ScoreSet(s_dynamics.Count, [ScoreCatalog.Parse(spec)], s_dynamics.Epochs);
            for (var epoch = 0; epoch < s_dynamics.Epochs; epoch++)
            {
                Tell(scores.All[0], epoch, [.. Enumerable.Range(0, s_dynamics.Count).Where(id => told || id != 17)], static id => id, lost: 17);
            }

            if (told && scores.All[0].Score.Needs.Contains(Signal.Correct))
            {
                // Right or wrong is never NaN: that would have been refused.
                continue;
            }

            Assert.Contains("of sample 17 is NaN", Assert.Throws<ScoreException>(() => scores.Results()).Message, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void Is_a_mean_over_runs_like_any_other_and_takes_an_empty_set(string spec)
    {
        var scores = new ScoreSet(0, [ScoreCatalog.Parse(spec)], s_dynamics.Epochs);
        Assert.Empty(scores.Results()[0].Values.ToArray());
        var one = s_dynamics.Run(spec);
        var means = new ScoreMeans();
        for (var run = 0; run < 3; run++)
        {
            means.Add([new ScoreValues(spec, ScoreOrientation.HigherIsHarder, 1, Array.ConvertAll(one, value => value * run))]);
        }

        Assert.Equal(3, means.Means()[0].Runs);
        Assert.All(one.Zip(means.Means()[0].Values.ToArray()), static pair => Assert.True(float.IsNaN(pair.First * 0) || Math.Abs(pair.First - pair.Second) <= 1e-6 * Math.Abs(pair.First)));
    }

    [Theory, MemberData(nameof(Specs))]
    public void Needs_what_it_says_and_is_told_nothing_else(string spec)
    {
        var score = new ScoreSet(2, [ScoreCatalog.Parse(spec)], s_dynamics.Epochs).All[0];
        var missing = Assert.Throws<ArgumentException>(() => score.Observe(new BatchSignals { Ids = [0, 1] }));
        Assert.Contains($"{score.Spec} needs one a sample", missing.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => s_dynamics.Tell(score, score.Score.LeastEpochs - 1 < 12 && score.Wants(ScoreEvidence.Visits, 0) ? 0 : Enumerable.Range(0, 13).First(e => score.Wants(score.Score.Evidence, e)), [0, 5]));
    }

    private static ScoreSet Two(string spec) => new(s_dynamics.Count, [ScoreCatalog.Parse(spec), ScoreCatalog.Parse(spec == "aum" ? "entropy" : "aum")], s_dynamics.Epochs);

    private static ScoreSet Saved(ScoreSet scores, string spec)
    {
        using var file = new MemoryStream();
        var writer = new CheckpointWriter();
        scores.Save(writer);
        writer.WriteTo(file);
        var restored = Two(spec);
        restored.Load(CheckpointReader.Open(file));
        Assert.Throws<CheckpointException>(() => new ScoreSet(s_dynamics.Count, [ScoreCatalog.Parse("margin")], s_dynamics.Epochs).Load(CheckpointReader.Open(file)));
        return restored;
    }

    private static void Tell(RunningScore score, int epoch, int[] ids, Func<int, int> place, int lost = -1)
    {
        foreach (var evidence in new[] { ScoreEvidence.Visits, ScoreEvidence.Pass }.Where(evidence => score.Wants(evidence, epoch)))
        {
            var batch = new BatchSignals { Ids = Array.ConvertAll(ids, id => (long)place(id)), Epoch = epoch };
            foreach (var signal in score.Score.Needs)
            {
                var values = s_dynamics.Signal(signal, epoch, ids, evidence == ScoreEvidence.Pass);
                if (signal != Signal.Correct && Array.IndexOf(ids, lost) is >= 0 and var at)
                {
                    values[at] = float.NaN;
                }

                batch = batch.With(signal, values);
            }

            score.Observe(batch);
        }
    }
}
