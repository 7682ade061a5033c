'use strict';
// GraphiQL on our /graphql, asking as whoever stands in the field above it.  Development only.

const header = 'Strike-Development-Identity';
const field = document.getElementById('identity');
const live = document.getElementById('live');
const tell = (text) => { live.textContent = text; };

field.value = localStorage.getItem('strike-identity') || 'operator@lone-star-noc';

let client; // subscriptions, over one WebSocket as one person
function subscriptions() {
	client = client || graphqlWs.createClient({
		url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
		connectionParams: () => ({ [header]: field.value }),
		on: {
			connected: () => tell('live'),
			closed: () => tell(''),
		},
	});
	return client;
}

function changePerson() {
	localStorage.setItem('strike-identity', field.value);
	client?.dispose();
	client = undefined;
}
field.addEventListener('change', changePerson);
document.getElementById('who').addEventListener('submit', (event) => {
	event.preventDefault();
	changePerson();
});

// Made anew for each request: who asks may have changed.
const fetcher = (parameters, options) => GraphiQL.createFetcher({
	url: '/graphql',
	enableIncrementalDelivery: false,
	headers: { [header]: field.value },
	wsClient: subscriptions(),
})(parameters, options);

const first = `# What this organisation may see. Ctrl-Enter runs it; Ctrl-Space offers what fits.
query Board {
  viewer { user role organisation { handle name } }
  ecos(first: 10) {
    edges { node { id jobNumber status description createdAt } }
  }
}
`;

ReactDOM.createRoot(document.getElementById('graphiql')).render(
	React.createElement(GraphiQL, { fetcher, defaultQuery: first, shouldPersistHeaders: false }));
