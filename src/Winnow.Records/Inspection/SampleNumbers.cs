namespace Winnow.Records.Inspection;

/// <summary>What a run's history says of one sample. Losses are those of its visits in training, label smoothing included; a loss that wasn't finite counts as infinite.</summary>
public readonly record struct SampleNumbers
{
    /// <summary>Losses count for <see cref="LateLoss"/> so many visits back.</summary>
    public const int LateVisits = 3;

    /// <summary>What the sample is called: its row in the data's file, from 0.</summary>
    public required int Id { get; init; }

    /// <summary>Its place among the samples trained on, from 0: its column in the recorded arrays.</summary>
    public required int Place { get; init; }

    /// <summary>The label trained with.</summary>
    public required int Label { get; init; }

    /// <summary>The label before the run's label noise; null where there was none.</summary>
    public int? CleanLabel { get; init; }

    /// <summary>The class that the model gave it at its last visit; null when it was never visited.</summary>
    public int? Prediction { get; init; }

    /// <summary>Epochs that visited it.</summary>
    public int Visits { get; init; }

    /// <summary>Recorded epochs that didn't.</summary>
    public int Dropped { get; init; }

    /// <summary>Its loss at the last visit; null when it was never visited.</summary>
    public float? LastLoss { get; init; }

    /// <summary>The mean over all visits.</summary>
    public double? MeanLoss { get; init; }

    /// <summary>The mean over the last <see cref="LateVisits"/> visits, or as many as there were.</summary>
    public double? LateLoss { get; init; }

    /// <summary>The largest.</summary>
    public float? MaxLoss { get; init; }

    /// <summary>Forgetting events (Toneva et al., ICLR 2019): visits at which it was classified wrong after having been right at the visit before.</summary>
    public int Forgotten { get; init; }

    /// <summary>The 0-based epoch of the first visit at which it was classified as its label says; null: never learned.</summary>
    public int? FirstLearned { get; init; }

    /// <summary>Whether it was visited and never classified as its label says.</summary>
    public bool NeverLearned => Visits > 0 && FirstLearned is null;

    /// <summary>Computes them for all samples, in the order of their places.</summary>
    public static SampleNumbers[] Of(SampleHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var sums = new Sums[history.Count];
        foreach (var epoch in history.Recorded)
        {
            var losses = history.LossesOf(epoch);
            var predictions = history.PredictionsOf(epoch);
            for (var place = 0; place < sums.Length; place++)
            {
                if (!float.IsNaN(losses[place]))
                {
                    sums[place].Add(epoch, losses[place], predictions[place], history.TrainedLabels[place]);
                }
            }
        }

        var numbers = new SampleNumbers[sums.Length];
        for (var place = 0; place < sums.Length; place++)
        {
            var sample = new SampleNumbers
            {
                Id = history.IdOf(place),
                Place = place,
                Label = history.TrainedLabels[place],
                CleanLabel = history.Clean.Length == 0 ? null : history.Clean[place],
            };
            numbers[place] = sums[place].AddTo(sample, history.Recorded.Count);
        }

        return numbers;
    }

    /// <summary>What is added up from visit to visit.</summary>
    private struct Sums
    {
        private int _visits;
        private int _prediction;
        private int _forgotten;
        private int _learned;
        private bool _right;
        private double _sum;
        private float _max;
        private float _last;
        private float _second;
        private float _third;

        public void Add(int epoch, float loss, int prediction, int label)
        {
            var right = prediction == label;
            _forgotten += _right && !right ? 1 : 0;
            _learned = _learned == 0 && right ? epoch + 1 : _learned;
            _max = _visits == 0 ? loss : Math.Max(_max, loss);
            (_third, _second, _last) = (_second, _last, loss);
            (_right, _prediction) = (right, prediction);
            _sum += loss;
            _visits++;
        }

        /// <summary>The sample with its numbers.</summary>
        public readonly SampleNumbers AddTo(SampleNumbers sample, int epochs) => _visits == 0
            ? sample with { Dropped = epochs }
            : sample with
            {
                Prediction = _prediction,
                Visits = _visits,
                Dropped = epochs - _visits,
                LastLoss = _last,
                MeanLoss = _sum / _visits,
                LateLoss = ((double)_last + _second + _third) / Math.Min(_visits, LateVisits),
                MaxLoss = _max,
                Forgotten = _forgotten,
                FirstLearned = _learned == 0 ? null : _learned - 1,
            };
    }
}
